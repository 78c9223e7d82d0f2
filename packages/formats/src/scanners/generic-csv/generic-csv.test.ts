import { describe, expect, it } from "vitest";
import type { ScanEvent } from "../../records.ts";
import { type CsvMapping, defaultCsvMapping, genericCsv, isGenericCsvHeader } from "./index.ts";

async function read(mapping: CsvMapping, text: string) {
  async function* source() {
    yield Buffer.from(text);
  }
  const events: ScanEvent[] = [];
  for await (const batch of genericCsv(mapping)(source())) events.push(...batch);
  return events;
}

const findings = (events: readonly ScanEvent[]) =>
  events.flatMap((event) => (event.type === "finding" ? [event.finding] : []));

describe("genericCsv", () => {
  const mapping: CsvMapping = {
    product: "Plant Audit",
    delimiter: "|",
    qualifier: "'",
    columns: {
      id: ["Nr"],
      title: ["Mangel"],
      host: ["Anlage"],
      severity: ["Stufe"],
      state: ["Stand"],
      firstSeen: ["Seit"],
    },
    transforms: {
      host: [
        { kind: "after", mark: "/" },
        { kind: "before", mark: ":" },
        { kind: "replace", from: "_", to: "$&" },
        { kind: "lower" },
      ],
      id: [{ kind: "upper" }],
    },
    severities: { schwer: 5 },
    scores: [
      { least: 0, severity: 1 },
      { least: 50, severity: 4 },
      { least: 90, severity: 5 },
    ],
    states: { erledigt: "fixed" },
    dateOrder: "day-first",
  };

  it("reads a table by its mapping: names, quotes, transforms, words, scores, states, dates", async () => {
    const events = await read(
      mapping,
      "Nr|Mangel|Anlage|Stufe|Stand|Seit\na1|'Tür | offen'|Werk/PUMPE_1:502|schwer|offen|05.06.2024\na2|x|Pumpe2|89|Erledigt|31.02.2024\n" +
        "a3|x|Pumpe2|90|offen|\na4|x|Pumpe2|toString|offen|\n",
    );
    expect(events[0]).toEqual({ type: "run", run: { product: "Plant Audit", name: null } });
    const checks = events.flatMap((event) => (event.type === "check" ? [event.check] : []));
    expect(checks.map(({ id, title, severity }) => [id, title, severity])).toEqual([
      ["A1", "Tür | offen", 5],
      ["A2", "x", 4],
      ["A3", "x", 5],
      ["A4", "x", 1],
    ]);
    expect(findings(events).map(({ assetRef, state, firstSeenAt }) => [assetRef, state, firstSeenAt])).toEqual([
      ["pumpe$&1", undefined, Date.UTC(2024, 5, 5)],
      ["Pumpe2".toLowerCase(), "fixed", undefined],
      ["pumpe2", undefined, undefined],
      ["pumpe2", undefined, undefined],
    ]);
    const issues = events.flatMap((event) => (event.type === "issue" ? [[event.issue.code, event.issue.where]] : []));
    expect(issues).toEqual([
      ["date-unknown", "line 3"],
      ["severity-unknown", "line 5"],
    ]);
  });

  it("is a mapping of plain data, which can be stored and read back", async () => {
    const text = "Host,Title,CVSS\na,b,9.8\n";
    const stored = JSON.parse(JSON.stringify(defaultCsvMapping)) as CsvMapping;
    expect(await read(stored, text)).toEqual(await read(defaultCsvMapping, text));
    expect(findings(await read(stored, text))[0]?.severity).toBe(5);
  });

  it.each([
    ["cvssv3", "9.8", "", [{ version: "3.1", score: 9.8 }]],
    ["CVSS v3.0 score", "9.8", "", [{ version: "3.0", score: 9.8 }]],
    ["cvss2", "7.5", "", [{ version: "2.0", score: 7.5 }]],
    ["CVSSv4", "9.3", "", [{ version: "4.0", score: 9.3 }]],
    ["score", "9,8", "", [{ version: "3.1", score: 9.8 }]],
    ["cvss", "7.5", "AV:N/AC:L/Au:N/C:P/I:P/A:P", [{ version: "2.0", score: 7.5 }]],
    ["cvss3", "9.8", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", [{ version: "3.0", score: 9.8 }]],
    [
      "cvss4",
      "9.3",
      "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
      [
        { version: "4.0", score: 9.3, vector: null },
        { version: "3.1", score: 9.8 },
      ],
    ],
    ["cvss3", "98", "", []],
  ])("takes the column %s with %s as a base score of CVSS", async (column, score, vector, cvss) => {
    const text = `host;title;cve;${column};cvss vector\na;b;CVE-2099-1;"${score}";${vector}\n`;
    const [check] = (await read(defaultCsvMapping, text)).flatMap((one) => (one.type === "check" ? [one.check] : []));
    expect(check?.cvss).toMatchObject(cvss);
  });

  it("takes no score of another scale for one of CVSS, and numbers of the mapping's own", async () => {
    const own = {
      ...mapping,
      qualifier: '"' as const,
      delimiter: "," as const,
      columns: { host: ["h"], title: ["t"], score: ["s"], customNumber1: ["Loss"], customNumber5: ["Age"] },
    };
    const events = await read(own, 'h,t,s,Loss,Age\na,b,9,"1200,50",x\na,c,9,,\n');
    expect(events.flatMap((event) => (event.type === "check" ? event.check.cvss : []))).toEqual([]);
    expect(findings(events).map(({ customNumbers }) => customNumbers)).toEqual([
      [1200.5, null, null, null, null],
      undefined,
    ]);
  });

  it.each([
    ["severity", ["1", "2", "3", "4", "5"], [1, 2, 3, 4, 5]],
    ["Level", ["5", "high", "", "0"], [5, 4, 1, 1]],
    // One number of another kind shows that all are scores, wherever it stands.
    ["severity", ["5", "3", "9.8"], [3, 2, 5]],
    ["severity", ["9,8", "5", "3"], [5, 3, 2]],
    ["severity", ["5", "5.0", "1"], [3, 3, 2]],
    ["severity", ["4", "10", "2"], [3, 5, 2]],
    // Of priorities 1 may be the highest, and a risk may be a score.
    ["risk", ["5", "1"], [3, 2]],
  ])("reads the numbers of a column %s, %j, as severities %j", async (column, told, severities) => {
    const rows = told.map((word, index) => `a;t${index};CVE-2099-1;"${word}"\n`);
    const events = await read(defaultCsvMapping, `host;title;cve;${column}\n${rows.join("")}`);
    expect(findings(events).map(({ severity }) => severity)).toEqual(severities);
    expect(findings(events).map(({ where }) => where)).toEqual(told.map((_, index) => `line ${index + 2}`));
  });

  it("goes by the mapping where it says what whole numbers mean", async () => {
    const text = "h,t,severity\na,b,1\na,c,5\n";
    const own: CsvMapping = { product: "P", columns: { host: ["h"], title: ["t"], severity: ["severity"] } };
    const read5 = async (mapping: CsvMapping) => findings(await read(mapping, text)).map(({ severity }) => severity);
    expect(await read5(own)).toEqual([1, 5]);
    expect(await read5({ ...own, severities: { 1: 5, 5: 1 } })).toEqual([5, 1]);
    expect(await read5({ ...own, scores: [{ least: 1, severity: 2 }] })).toEqual([2, 2]);
  });

  it("keeps no more than a thousand rows back to learn the scale", async () => {
    const rows = Array.from({ length: 1_200 }, (_, index) => `a,t${index},5\n`);
    const events = await read(defaultCsvMapping, `host,title,severity\n${rows.join("")}a,t,9.8\n`);
    expect(findings(events).map(({ severity }) => severity)).toEqual(Array.from({ length: 1_201 }, () => 5));
  });

  it.each([
    ["443", "", 443, null],
    ["443", "TCP", 443, "tcp"],
    ["443/tcp", "", 443, "tcp"],
    ["udp/53", "", 53, "udp"],
    ["53 / udp", "tcp", 53, "tcp"],
    ["443.0", "tcp", 443, "tcp"],
    ["0", "tcp", null, null],
    ["general/tcp", "", null, null],
    ["N/A", "tcp", null, null],
  ])("reads the port %s with protocol %s", async (told, column, port, protocol) => {
    const events = await read(defaultCsvMapping, `host,title,cve,port,protocol\na,b,CVE-2099-1,${told},${column}\n`);
    expect(findings(events)[0]).toMatchObject({ port, protocol });
    expect(events.some(({ type }) => type === "issue")).toBe(false);
  });

  it("says which ports and dates it could not read, and keeps the findings", async () => {
    const rows = ["80-90,2026-01-31", "70000,05/06/2026", "443/tcp,2026-02-30", ",", "x,-"];
    const text = `host,title,cve,port,first seen\n${rows.map((row, index) => `a,t${index},,${row}\n`).join("")}`;
    const events = await read(defaultCsvMapping, text);
    expect(findings(events)).toHaveLength(rows.length);
    const issues = events.flatMap((event) => (event.type === "issue" ? [[event.issue.code, event.issue.where]] : []));
    expect(issues).toEqual([
      ["port-unknown", "line 2"],
      ["date-unknown", "line 3"],
      ["port-unknown", "line 3"],
      ["date-unknown", "line 4"],
    ]);
  });

  it("says so when the table has none of its columns", async () => {
    const [, issue, end] = await read(mapping, "a|b\n1|2\n");
    expect(issue).toMatchObject({ type: "issue", issue: { code: "csv-header-missing" } });
    expect(end).toEqual({ type: "end", isComplete: false });
  });

  it("without a mapping takes only what speaks of weaknesses", () => {
    expect(isGenericCsvHeader(["hostname", "title", "severity"])).toBe(true);
    expect(isGenericCsvHeader(["ip", "cve"])).toBe(true);
    expect(isGenericCsvHeader(["name", "address", "phone"])).toBe(false);
    expect(isGenericCsvHeader(["cve", "epss", "percentile"])).toBe(false);
    expect(isGenericCsvHeader(["title", "severity"])).toBe(false);
  });
});
