import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { FindingRecord, ScanEvent } from "../records.ts";
import { findingsOf, type Input, inPieces, issuesOf, read, readInputs, scanFormatIds } from "./bad-input.fixture.ts";

/** Elements that hold one record each, of the formats in XML; the list of records where the place in others has a meaning; and how a file says its version, where it says one. */
type Shape = { records?: readonly string[]; list?: string; version?: readonly [said: RegExp, other: string] };

/** Every format has a row: one that is new fails until somebody has thought about it. */
const SHAPES: Readonly<Record<string, Shape>> = {
  nessus: { records: ["ReportItem", "ReportHost"], version: [/NessusClientData_v2/g, "NessusClientData_v9"] },
  "nessus-csv": {},
  "cyclonedx-xml": { records: ["vulnerability"], version: [/schema\/bom\/1\.\d/, "schema/bom/9.9"] },
  "cyclonedx-json": { version: [/("specVersion"\s*:\s*)"[^"]*"/, '$1"9.9"'] },
  sarif: { list: "results", version: [/("version"\s*:\s*)"2\.1\.0"/, '$1"9.9.9"'] },
  nmap: {
    records: ["host"],
    version: [/version="[\d.]+" xmloutputversion="[\d.]+"/, 'version="99" xmloutputversion="9.99"'],
  },
  openvas: { records: ["result"], version: [/<version>[^<]*</, "<version>99.9<"] },
  "openvas-csv": {},
  nexpose: { records: ["node"], version: [/version="2\.0"/, 'version="9.9"'] },
  burp: { records: ["issue"], version: [/burpVersion="[^"]*"/, 'burpVersion="x"'] },
  "zap-json": { version: [/("@version"\s*:\s*)"[^"]*"/, '$1"99"'] },
  "zap-xml": { records: ["alertitem", "instance"], version: [/version="2\.15\.0"/, 'version="-1"'] },
  trivy: { version: [/("SchemaVersion"\s*:\s*)\d/, "$1 99"] },
  grype: { version: [/("descriptor"\s*:\s*\{[^}]*"version"\s*:\s*)"[^"]*"/, '$1"99"'] },
  osv: {},
  openvex: { version: [/openvex\.dev\/ns(\/v[\d.]+)?/, "openvex.dev/ns/v9.9.9"] },
  ocsf: { version: [/("metadata"\s*:\s*\{\s*"version"\s*:\s*)"[^"]*"/g, '$1"99.0.0"'] },
  asff: { version: [/("SchemaVersion"\s*:\s*)"[^"]*"/g, '$1"2099-01-01"'] },
  "asff-lines": {},
  wazuh: {},
  snyk: {},
  defender: {},
  "defender-lines": {},
  nuclei: {},
  wiz: {},
  "qualys-xml": { records: ["HOST", "VULN_INFO"] },
  "qualys-scan": { records: ["IP", "VULN"] },
  "qualys-csv": {},
  "generic-csv": {},
};

const ABSURD_TIMES = [
  "9999-99-99T99:99:99Z",
  "+275760-09-13T00:00:00Z",
  "-271821-04-20",
  "0000-00-00",
  "99999999999999999999",
  "-1",
  "1e400",
  "NaN",
];
const ABSURD_SEVERITIES = ["extreme", "-7", "1e999", "99", "", "NaN"];
/** Every spelling of a time in the fixtures. */
const TIMES =
  /\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?|\b1[67]\d{8}(?:\d{3})?\b|\b\d{8}T\d{9}\b|(?:[A-Z][a-z]{2},? )?(?:\d{1,2} [A-Z][a-z]{2}|[A-Z][a-z]{2} \d\d,?)(?: [\d:]{8}(?: UTC)?)? \d{4}(?: [\d:]+(?: ?[AP]M)?)?|\d\d\/\d\d\/\d{4} [\d:]+/g;
const RATINGS = /severity|score|riskcode|risk_factor|risklevel|threat|level|cvss(?!_vector)/i;
const EARLIEST_MS = Date.UTC(1, 0, 1) - 1900 * 366 * 86_400_000;
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

let inputs: ReadonlyMap<string, Input>;
beforeAll(async () => {
  inputs = await readInputs();
});

/** What every file must come to, however bad it is: an end, and only what may be stored. */
function assertSound(events: readonly ScanEvent[]): void {
  if (events.at(-1)?.type !== "end") expect(events.map(({ type }) => type)).toEqual(["issue"]);
  for (const event of events) {
    if (event.type === "issue") {
      const { code, where, message } = event.issue;
      expect([code, where, message]).toEqual([
        expect.stringMatching(/^[a-z]+(-[a-z0-9]+)+$/),
        expect.stringMatching(/\S/),
        expect.stringMatching(/\w{2,} .*\w{2,}/s),
      ]);
    }
    if (event.type === "asset") assertTimes([event.asset.scannedAt]);
    if (event.type === "check") {
      const { publishedAt, patchPublishedAt, severity, cvss } = event.check;
      assertTimes([publishedAt, patchPublishedAt]);
      expect([1, 2, 3, 4, 5]).toContain(severity);
      for (const { score } of cvss) expect(score === null || (score >= 0 && score <= 10)).toBe(true);
    }
    if (event.type === "finding") {
      const { severity, port, firstSeenAt = null, lastSeenAt = null, assetRef } = event.finding;
      assertTimes([firstSeenAt, lastSeenAt]);
      expect([undefined, 1, 2, 3, 4, 5]).toContain(severity);
      expect(port === null || (Number.isInteger(port) && port >= 0 && port <= 65_535)).toBe(true);
      expect(assetRef).not.toBe("");
    }
  }
}

function assertTimes(times: readonly (number | null)[]): void {
  for (const time of times) {
    expect(time === null || (Number.isInteger(time) && time >= EARLIEST_MS && time <= LATEST_MS), String(time)).toBe(
      true,
    );
  }
}

/** Who has what where: findings without their place in the file. */
function identitiesOf(events: readonly ScanEvent[]): Set<string> {
  const assets = events.flatMap((event) => (event.type === "asset" ? [event.asset] : []));
  const names = new Map(assets.map(({ ref, name, ipAddresses }) => [ref, [name, ...ipAddresses]]));
  return new Set(
    findingsOf(events).map(({ assetRef, checkId, port, protocol, instance }) =>
      JSON.stringify([names.get(assetRef), checkId, port, protocol, instance]),
    ),
  );
}

/** Whatever is no longer found has been said to be left out. */
function assertNothingLostSilently(events: readonly ScanEvent[], input: Input): void {
  assertSound(events);
  if (findingsOf(events).length >= findingsOf(input.events).length) return;
  const refused = (all: readonly ScanEvent[]) =>
    all.filter((event) => event.type === "issue" && event.issue.level === "refused");
  const before = new Set(refused(input.events).map((event) => JSON.stringify(event)));
  expect(refused(events).filter((event) => !before.has(JSON.stringify(event)))).not.toEqual([]);
}

/** The file with other values under the names that match: members, attributes, elements or columns. */
function withValues({ syntax, text }: Input, names: RegExp, value: string): string {
  if (syntax === "json") {
    return text.replace(/("([^"]*)"\s*:\s*)("(?:[^"\\]|\\.)*"|-?\d[\d.]*)/g, (all, head, name) =>
      names.test(name) ? `${head}${JSON.stringify(value)}` : all,
    );
  }
  if (syntax === "xml") {
    const attributes = text.replace(/([\w-]+)="[^"]*"/g, (all, name) =>
      names.test(name) ? `${name}="${value}"` : all,
    );
    return attributes.replace(/<([\w-]+)>[^<]*<\//g, (all, name) => (names.test(name) ? `<${name}>${value}</` : all));
  }
  return eachRow(text, (row, columns) => row.map((cell, at) => (names.test(columns[at] ?? "") ? value : cell)));
}

/** The rows under the line with the most columns' names, changed; cells of the fixtures hold no line ends in between. */
function eachRow(text: string, change: (row: string[], columns: readonly string[]) => string[]): string {
  const [mark = ","] = /[;\t]/.exec(text.split("\n").sort((a, b) => b.length - a.length)[0] ?? "") ?? [];
  const rows = text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => splitCells(line, mark));
  const widest = Math.max(...rows.map((row) => row.length));
  const head = rows.findIndex((row) => row.length === widest);
  const changed = rows.map((row, at) => (at > head && row.length === widest ? change(row, rows[head] ?? []) : row));
  return changed.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(mark)).join("\n");
}

function splitCells(line: string, mark: string): string[] {
  const cells = line.match(new RegExp(`("(?:[^"]|"")*"|[^${mark}"]*)(?:${mark}|$)`, "g")) ?? [];
  return cells.slice(0, line.endsWith(mark) ? undefined : -1).map((cell) => {
    const bare = cell.endsWith(mark) ? cell.slice(0, -1) : cell;
    return bare.startsWith('"') ? bare.slice(1, -1).replaceAll('""', '"') : bare;
  });
}

/** Each record twice in a row, with all its ids. */
function doubled({ id, syntax, text }: Input): string {
  if (syntax === "xml") {
    return (SHAPES[id]?.records ?? []).reduce(
      (whole, name) =>
        whole.replace(new RegExp(`<((?:\\w+:)?${name})(?=[\\s>])(?:[^>]*[^/>])?>[\\s\\S]*?</\\1>`, "g"), "$&$&"),
      text,
    );
  }
  if (syntax === "csv") {
    const lines = text.trimEnd().split("\n");
    const row = lines.at(-1) ?? "";
    return [...lines, row, row].join("\n");
  }
  const lines = text.trim().split("\n");
  if (lines.length > 1 && lines.every((line) => /^\{.*\}\s*$/.test(line)))
    return lines.flatMap((line) => [line, line]).join("\n");
  return JSON.stringify(JSON.parse(text), (key, value) =>
    Array.isArray(value) && value.every((one) => typeof one === "object") && key === (SHAPES[id]?.list ?? key)
      ? value.flatMap((one) => [one, one])
      : value,
  );
}

describe.each(scanFormatIds)("%s", (id) => {
  const input = (): Input => inputs.get(id) as Input;

  it("is in the table of shapes", () => {
    expect(SHAPES).toHaveProperty([id]);
    expect(Object.keys(SHAPES).sort()).toEqual([...scanFormatIds].sort());
    expect(input().syntax === "xml").toBe(SHAPES[id]?.records !== undefined);
  });

  it("cut anywhere: what was whole is imported as before, and the rest is told", async () => {
    const { bytes, events, syntax } = input();
    // What rates a finding may stand behind it; what tells which it is may not.
    const unrated = (finding: FindingRecord) => JSON.stringify({ ...finding, severity: undefined });
    const whole = new Set(findingsOf(events).map(unrated));
    const text = bytes.toString("latin1").trimEnd();
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), async (at) => {
        const found = await read(inPieces(bytes.subarray(0, at)));
        assertSound(found);
        // Of a table nobody can tell that it goes on, nor that its last cell does.
        const changed = findingsOf(found).filter((finding) => !whole.has(unrated(finding)));
        expect(changed.length).toBeLessThanOrEqual(syntax === "csv" ? 1 : 0);
        const isLines = /^\{.*\}$/.test(text.slice(0, at).trimEnd().split("\n").at(-1) ?? "");
        if (syntax !== "csv" && !isLines && at > 0) expect(issuesOf(found).length).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  it("of a version that nobody knows: read as before, or what is left out is told", async () => {
    const { text } = input();
    const [said, other] = SHAPES[id]?.version ?? [];
    if (said === undefined || other === undefined) return;
    const changed = text.replace(said, other);
    expect(changed).not.toBe(text);
    assertNothingLostSilently(await read(inPieces(changed)), input());
  });

  it("with every record twice: found once, or twice the same", async () => {
    const { events } = input();
    const text = doubled(input());
    expect(text.length).toBeGreaterThan(input().text.replace(/\s+/g, "").length * 0.9);
    const found = await read(inPieces(text));
    assertSound(found);
    expect(identitiesOf(found)).toEqual(identitiesOf(events));
  });

  it.each(ABSURD_TIMES)("with %s for every time: read all the same", async (time) => {
    const { text, events, syntax } = input();
    // Numbers stand bare in JSON.
    const changed = text.replace(TIMES, (all, at: number) => {
      const isBare = syntax === "json" && text[at - 1] !== '"' && !/["\w]/.test(text[at + all.length] ?? "");
      return isBare && !/^-?\d+(e\d+)?$/.test(time) ? "-1e30" : time;
    });
    const found = await read(inPieces(changed));
    assertNothingLostSilently(found, input());
    expect(identitiesOf(found).size).toBe(identitiesOf(events).size);
  });

  it.each(ABSURD_SEVERITIES)("with %j for every rating: on the scale all the same, or told", async (value) => {
    assertNothingLostSilently(await read(inPieces(withValues(input(), RATINGS, value))), input());
  });

  it("without the names of its hosts: under another name, or left out and told", async () => {
    const { text, syntax, events } = input();
    const names = events.flatMap((event) =>
      event.type === "asset"
        ? [event.asset.name, event.asset.ref, ...event.asset.ipAddresses, ...event.asset.hostNames]
        : [],
    );
    const [open, close] =
      syntax === "json"
        ? ['"', '"']
        : syntax === "csv"
          ? ['(?<=[",\t;]|^)', '(?=[",\t;]|$)']
          : ['(?<=[">])', '(?=["<])'];
    const isMark = syntax === "json";
    let changed = text;
    for (const name of [...new Set(names)].filter((one) => one !== "").sort((a, b) => b.length - a.length)) {
      const literal = name.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
      changed = changed.replace(new RegExp(open + literal + close, "gim"), isMark ? '""' : "");
    }
    assertNothingLostSilently(await read(inPieces(changed)), input());
  });

  it("with nothing in it but its frame: an end, and no finding", async () => {
    const { text, syntax } = input();
    const root = /<([A-Za-z][\w:-]*)(?:\s[^>]*)?>/.exec(text.replace(/<[?!][\s\S]*?>\s*(?=<)/g, ""));
    const frames = {
      csv: [text.split("\n").sort((a, b) => b.split(",").length - a.split(",").length)[0] ?? ""],
      xml: root ? [`${root[0]}</${root[1]}>`, root[0]] : [],
      json: [
        text.replace(/\[[\s\S]*\]/, "[]"),
        text.trim()[0] ?? "",
        "{}",
        "[]",
        "[{}]",
        "null",
        '[null, 7, "x", [], {}]',
      ],
    }[syntax];
    for (const frame of frames) {
      const found = await read(inPieces(frame));
      assertSound(found);
      expect(findingsOf(found).length).toBeLessThanOrEqual(findingsOf(input().events).length);
      if (frame.length < 20) expect(findingsOf(found)).toEqual([]);
    }
  });

  it("with a bomb: entities that double thirty times, a row of 100,000 cells, a number of a million digits", async () => {
    const { text, syntax } = input();
    const found = await read(inPieces(...bombIn(text, syntax)));
    assertSound(found);
    expect(JSON.stringify(found).length).toBeLessThan(4 * 1024 ** 2);
    if (syntax === "xml") expect(issuesOf(found).join()).toMatch(/entity-refused|doctype-refused/);
  });
});

function bombIn(text: string, syntax: Input["syntax"]): string[] {
  if (syntax === "csv") return [text.trimEnd(), "\n", ",".repeat(100_000), "\n", '"', "x,\n".repeat(100_000)];
  if (syntax === "json") {
    const at = text.lastIndexOf("}");
    return [text.slice(0, at), ',"zz":', "9".repeat(1_000_000), ',"zy":1e99999', text.slice(at)];
  }
  const entities = Array.from({ length: 30 }, (_, at) => `<!ENTITY e${at + 1} "&e${at};&e${at};">`);
  const root = /<\/([\w:-]+)>\s*$/.exec(text)?.[1] ?? "";
  const bare = text.slice(text.indexOf(`<${root}`));
  const at = bare.indexOf("</");
  return [`<!DOCTYPE ${root} [<!ENTITY e0 "boom">${entities.join("")}]>`, bare.slice(0, at), "&e30;", bare.slice(at)];
}

it("every folder of a scanner has a format that is tried here", () => {
  const folders = readdirSync(fileURLToPath(new URL(".", import.meta.url)), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(new URL(`./${entry.name}/index.ts`, import.meta.url)))
    .map(({ name }) => name)
    .filter((name) => name !== "kit");
  expect(folders.length).toBeGreaterThan(15);
  for (const folder of folders) {
    expect(
      scanFormatIds.some((id) => id === folder || id.startsWith(`${folder}-`)),
      folder,
    ).toBe(true);
  }
});
