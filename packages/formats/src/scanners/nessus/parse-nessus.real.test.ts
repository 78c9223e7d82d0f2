import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { ScanEvent } from "../../records.ts";
import { parseNessus } from "./index.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/nessus/", import.meta.url));
const FILE = `${DATA}nessus_v_unknown.nessus`;

// The figures were counted without this parser, with grep -c on the file:
//   hosts '<ReportHost ' 7, items '<ReportItem ' 296, CVEs '<cve>' 7,
//   plugins: grep -o '<ReportItem [^>]*' | grep -o 'pluginID="[0-9]*"' | sort -u | wc -l: 32
//   items by severity: grep -o '<ReportItem [^>]*' | grep -o ' severity="[0-4]"' | sort | uniq -c: 266, 7, 23
describe.skipIf(!existsSync(FILE))("a real Nessus report (skipped without shared/data/scans)", () => {
  it("has the hosts, items, checks and CVEs that grep counts", async () => {
    const events: ScanEvent[] = [];
    for await (const batch of parseNessus(createReadStream(FILE, { highWaterMark: 4099 }))) events.push(...batch);
    const count = (type: ScanEvent["type"]) => events.filter((event) => event.type === type).length;
    const checks = events.flatMap((event) => (event.type === "check" ? [event.check] : []));
    const bySeverity: Record<number, number> = {};
    for (const event of events) {
      if (event.type !== "finding") continue;
      const severity = checks.find(({ id }) => id === event.finding.checkId)?.severity ?? 0;
      bySeverity[severity] = (bySeverity[severity] ?? 0) + 1;
    }
    const withCve = new Set(checks.filter(({ cveIds }) => cveIds.length > 0).map(({ id }) => id));
    const cveFindings = events.filter((event) => event.type === "finding" && withCve.has(event.finding.checkId));

    expect([count("asset"), count("finding"), count("check"), count("issue")]).toEqual([7, 296, 32, 0]);
    expect(cveFindings).toHaveLength(7);
    expect(bySeverity).toEqual({ 1: 266, 2: 7, 3: 23 });
    expect(events.at(-1)).toEqual({ type: "end", isComplete: true });
  });
});
