import { isUtf8 } from "node:buffer";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { formats, openIntake } from "../intake/index.ts";
import type { ByteSource, ScanEvent } from "../records.ts";
import { readScan } from "./read-scan.fixture.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures/", import.meta.url));
const HUGE_CHARS = 64 * 1024 ** 2;
/** What all events of a file with one huge text may hold: the parsers cut or refuse what is longer than some MiB. */
const MAX_EVENT_CHARS = 16 * 1024 ** 2;

type Input = { id: string; syntax: "json" | "xml" | "csv"; text: string; bytes: Buffer; events: ScanEvent[] };
const inputs = new Map<string, Input>();

async function* inPieces(...pieces: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

/** A text of so many characters between two others, made as it is read. */
async function* around(before: string, chars: number, after: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(before);
  const piece = Buffer.alloc(65_536, "x");
  for (let left = chars; left > 0; left -= piece.length) yield piece.subarray(0, left);
  yield Buffer.from(after);
}

async function read(source: ByteSource): Promise<ScanEvent[]> {
  return (await readScan(source)).events;
}

function issuesOf(events: readonly ScanEvent[]): string[] {
  return events.flatMap((event) => (event.type === "issue" ? [event.issue.code] : []));
}

function findingsOf(events: readonly ScanEvent[]): string[] {
  return events.flatMap((event) => (event.type === "finding" ? [JSON.stringify(event.finding)] : []));
}

/** Of each format the first fixture that is read without a fault, else the first. */
beforeAll(async () => {
  for (const folder of readdirSync(FIXTURES)) {
    for (const name of readdirSync(FIXTURES + folder)) {
      const file = readdirSync(`${FIXTURES}${folder}/${name}`).find((one) => one.startsWith("input."));
      if (file === undefined) continue;
      const bytes = readFileSync(`${FIXTURES}${folder}/${name}/${file}`);
      const { format: id, events } = await readScan(inPieces(bytes));
      const known = id === null ? undefined : inputs.get(id);
      if (id === null || (known && (issuesOf(known.events).length === 0 || issuesOf(events).length > 0))) continue;
      const text = new TextDecoder(isUtf8(bytes) ? "utf-8" : "windows-1252").decode(bytes);
      const syntax = /^\s*</.test(text) ? "xml" : /^\s*[[{]/.test(text) ? "json" : "csv";
      inputs.set(id, { id, syntax, text, bytes, events });
    }
  }
});

const ids = formats.flatMap(({ id, kind }) => (kind === "scan" ? [id] : []));

describe.each(ids)("%s", (id) => {
  function input(): Input {
    const found = inputs.get(id);
    if (!found) throw new Error(`no fixture under ${FIXTURES} is recognised as ${id}`);
    return found;
  }

  it("cut in two: the first half is imported, and the run is not complete", async () => {
    const { bytes, events, syntax } = input();
    const found = await read(inPieces(bytes.subarray(0, bytes.length >> 1)));
    expect(found.at(-1)).toEqual(syntax === "csv" ? expect.anything() : { type: "end", isComplete: false });
    if (syntax !== "csv") expect(issuesOf(found).length).toBeGreaterThan(0);
    expect(findingsOf(found).length).toBeLessThanOrEqual(findingsOf(events).length);
  });

  it.each(["utf-16le", "utf-16be"])("in %s: the same events", async (encoding) => {
    const { text, events, syntax } = input();
    // The declaration would name another encoding than the one that the bytes have.
    const whole = Buffer.from(`\uFEFF${syntax === "xml" ? text.replace(/ encoding="[^"]*"/, "") : text}`, "utf16le");
    expect(await read(inPieces(encoding === "utf-16be" ? whole.swap16() : whole))).toEqual(events);
  });

  it("with bytes that are no UTF-8 in a text: everything else is read", async () => {
    const { before, text, after } = splitAtText(input());
    const found = await read(inPieces(before, Buffer.from(`${text}\xe9`, "latin1"), after));
    expect(findingsOf(found)).toHaveLength(findingsOf(input().events).length);
  });

  it("with 64 MiB in one text: told, cut or left out, and an end is reached", { timeout: 120_000 }, async () => {
    const { before, after } = splitAtText(input());
    const found = await read(around(before, HUGE_CHARS, after));
    expect(found.at(-1)?.type).toBe("end");
    expect(issuesOf(found)).not.toEqual(issuesOf(input().events));
    expect(JSON.stringify(found).length).toBeLessThan(MAX_EVENT_CHARS);
  });

  it("nested 300 deep: refused there, what stands before is imported", async () => {
    const { text, syntax } = input();
    if (syntax === "csv") return;
    const at = syntax === "xml" ? text.lastIndexOf("</") : text.lastIndexOf("}");
    const deep = syntax === "xml" ? "<z>".repeat(300) : `,"z":${"[".repeat(300)}`;
    const close = syntax === "xml" ? "</z>".repeat(300) : "]".repeat(300);
    const found = await read(inPieces(text.slice(0, at), deep, close, text.slice(at)));
    expect(found.at(-1)).toEqual({ type: "end", isComplete: false });
    expect(issuesOf(found).join()).toMatch(/too-deep/);
  });

  it("with members called __proto__: nothing is inherited from a file", async () => {
    const { text, events, syntax } = input();
    if (syntax !== "json") return;
    const changed = text.replaceAll(/\{(\s*")/g, '{"__proto__":{"id":"bad","name":"bad"},$1');
    expect(await read(inPieces(changed))).toEqual(events);
    expect(Reflect.get({}, "name")).toBeUndefined();
  });
});

/** The file around a text that its parser reads: prose where there is any, else a word for the severity. */
function splitAtText({ id, syntax, text: whole, events }: Input): { before: string; text: string; after: string } {
  const checks = events.flatMap((event) => (event.type === "check" ? [event.check] : []));
  const texts = checks.flatMap(({ description, solution, title }) => [description, solution, title]);
  const prose = [...texts.filter((one) => !/^(CVE|GHSA)-/.test(one)), ...checks.map((one) => one.sourceSeverity)];
  const mark = syntax === "json" ? '"' : "";
  const text = prose.find((one) => one.length > 1 && whole.includes(mark + one + mark));
  if (text === undefined) throw new Error(`the fixture of ${id} has no prose`);
  const at = whole.indexOf(mark + text + mark) + mark.length;
  return { before: whole.slice(0, at), text, after: whole.slice(at + text.length) };
}

it("an empty file, and one of no known format, are refused with what can be imported", async () => {
  expect(issuesOf(await read(inPieces()))).toEqual(["file-empty"]);
  for await (const event of openIntake(inPieces('{"bomFormat": "Other", "runs": 1}'))) {
    expect(JSON.stringify(event)).toContain("CycloneDX");
  }
});

it("every format has a folder of its own, and fixtures in one of the same name", () => {
  for (const id of ids) {
    const folder = readdirSync(FIXTURES).find((name) => id === name || id.startsWith(`${name}-`));
    expect(folder, id).toBeDefined();
    expect(existsSync(new URL(`./${folder}/index.ts`, import.meta.url))).toBe(true);
  }
});
