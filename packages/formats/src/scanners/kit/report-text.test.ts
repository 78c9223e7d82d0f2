import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CvssScore, Severity } from "../../records.ts";
import { Pending } from "./pending.ts";
import { toPlainText } from "./plain-text.ts";
import { RowFindings } from "./row-findings.ts";
import { ScanWriter } from "./scan-writer.ts";
import { isIpAddress } from "./values.ts";
import { toSite } from "./web-site.ts";

describe("toPlainText", () => {
  it("turns markup of prose into lines, and leaves what is no tag", () => {
    expect(toPlainText("<p>a &lt;b&gt;</p><p>c<br/>d</p><ul><li>e <b class='x'>f</b></li></ul>")).toBe(
      "a <b>\nc\nd\ne f",
    );
    expect(toPlainText("1 < 2 and 3 > 2 &amp;lt; &unknown;")).toBe("1 < 2 and 3 > 2 &lt; &unknown;");
  });

  it("is done soon with hostile text", () => {
    for (const piece of ["<", "<p ", "<a<", " \n", "&amp", "<p \n"]) {
      expect(toPlainText(piece.repeat(200_000)).length).toBeLessThanOrEqual(1_000_000);
    }
  });
});

describe("toSite", () => {
  it.each([
    ["http://bwa", { host: "bwa", port: 80, path: "/" }],
    ["https://Shop.example.com:8443/a/b?c=/d#e", { host: "shop.example.com", port: 8443, path: "/a/b" }],
    ["https://[2001:db8::1]/", { host: "2001:db8::1", port: 443, path: "/" }],
    ["http://h/x#javascript:/*<", { host: "h", port: 80, path: "/x" }],
    ["ftp://h/", null],
    ["shop.example.com", null],
    ["http://h:99999/", null],
  ])("reads %s", (url, site) => {
    expect(toSite(url)).toEqual(site);
  });
});

it("takes no hardware address for an address of the network", () => {
  expect(["00:00:5e:00:53:62", "1:2:3", "2001:db8::1", "::", "1:2:3:4:5:6:7:8"].map(isIpAddress)).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
});

it("gives up evidence before records that wait", () => {
  const out = new ScanWriter({ product: "Test" });
  const pending = new Pending<{ evidence: string }>(10, 100);
  for (const where of ["line 1", "line 2", "line 3", "line 4"]) {
    pending.add({ evidence: pending.text("x".repeat(30), out, where) }, out, where);
  }
  expect(pending.take().map(({ evidence }) => evidence.length)).toEqual([30, 30, 0, 0]);
  const issues = out.finish().flatMap((event) => (event.type === "issue" ? [event.issue.code] : []));
  expect(issues).toEqual(["evidence-left-out", "evidence-left-out"]);
});

describe("RowFindings", () => {
  type Row = { cve: string; severity: Severity; score: number; evidence: string };
  const rows: fc.Arbitrary<Row[]> = fc.array(
    fc.record({
      cve: fc.constantFrom("CVE-2024-0001", "CVE-2024-0002", "CVE-2024-0003"),
      severity: fc.constantFrom<Severity>(1, 3, 5),
      score: fc.integer({ min: 0, max: 10 }),
      evidence: fc.constantFrom("a", "b"),
    }),
    { minLength: 1, maxLength: 6 },
  );

  function tell(told: readonly Row[]) {
    const out = new ScanWriter({ product: "Test" });
    const findings = new RowFindings();
    for (const { cve, severity, score, evidence } of told) {
      const cvss: CvssScore[] = [{ version: "3.1", vector: null, score }];
      findings.add({ name: "h" }, { id: "1", title: "t", severity, cveIds: [cve], cvss }, { evidence }, out, "line 1");
    }
    for (const _ of findings.tell(out));
    return out.finish();
  }

  it("reads a long file in parts, and loses no finding", () => {
    const out = new ScanWriter({ product: "Test" });
    const findings = new RowFindings();
    for (let i = 0; i < 100_002; i++) {
      findings.add({ name: `h${i % 10}` }, { id: "1", title: "t", severity: 3 }, { port: i }, out, `line ${i}`);
    }
    for (const _ of findings.tell(out));
    const events = out.finish();
    expect(events.filter(({ type }) => type === "finding")).toHaveLength(100_002);
    expect(events.flatMap((event) => (event.type === "issue" ? [event.issue.code] : []))).toEqual(["read-in-parts"]);
    expect(events.at(-1)).toEqual({ type: "end", isComplete: true });
  });

  it("knows the same of a check whatever the order of its rows, and tells each thing said once", () => {
    fc.assert(
      fc.property(rows, (told) => {
        const events = tell(told);
        const [check] = events.flatMap((event) => (event.type === "check" ? [event.check] : []));
        expect(check?.cveIds).toEqual([...new Set(told.map(({ cve }) => cve))].sort());
        expect(check?.severity).toBe(Math.max(...told.map(({ severity }) => severity)));
        expect(check?.cvss.map(({ score }) => score)).toEqual([Math.max(...told.map(({ score }) => score))]);
        const said = events.flatMap((event) => (event.type === "finding" ? [event.finding.evidence] : []));
        expect(said.sort()).toEqual([...new Set(told.map(({ evidence }) => evidence))].sort());
      }),
    );
  });
});
