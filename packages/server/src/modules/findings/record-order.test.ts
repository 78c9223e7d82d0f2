import type { ScanParser } from "@breakwater/formats/records";
import { parseGenericCsv } from "@breakwater/formats/scanners/generic-csv/index";
import { parseNessus } from "@breakwater/formats/scanners/nessus/index";
import fc from "fast-check";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { readFindings, type ScanWorld } from "./scan-world.fixture.ts";
import { T, useScanWorld } from "./use-scan-world.fixture.ts";

const fresh = useScanWorld();

/** One record of a report: a check on a host, as bad as the report has it there. */
type Item = { host: number; check: number; port: number; severity: number; output: string };

const item: fc.Arbitrary<Item> = fc.record({
  host: fc.integer({ min: 1, max: 4 }),
  check: fc.integer({ min: 1, max: 3 }),
  port: fc.constantFrom(0, 443),
  severity: fc.integer({ min: 0, max: 4 }),
  output: fc.constantFrom("", "one", "two"),
});
/** The same records in two orders, hosts mixed too. */
const orders = fc
  .array(item, { minLength: 1, maxLength: 12 })
  .chain((items) => fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })));

const WORDS = ["info", "low", "medium", "high", "critical"];

const REPORTS: [name: string, parser: ScanParser, write: (items: readonly Item[]) => string][] = [
  ["Nessus report", parseNessus, writeReport],
  ["table", parseGenericCsv, writeTable],
];

test.each(REPORTS)(
  "a %s whose records differ in how bad a check is: their order changes nothing, at first and on re-import",
  async (_name, parser, write) => {
    await fc.assert(
      fc.asyncProperty(orders, fc.integer({ min: 1, max: 6 }), async ([items, shuffled], maxFindings) => {
        const one = await importInto(await fresh(), parser, write(items), maxFindings);
        const other = await importInto(await fresh(), parser, write(shuffled), maxFindings);
        expect(other.state).toEqual(one.state);
        const again = await importInto(one.world, parser, write(shuffled), maxFindings);
        expect(again.state).toEqual(one.state);
        const { findingsNew, findingsUpdated, findingsReopened, findingsFixed } = again.counts;
        expect({ findingsNew, findingsUpdated, findingsReopened, findingsFixed }).toEqual({
          findingsNew: 0,
          findingsUpdated: 0,
          findingsReopened: 0,
          findingsFixed: 0,
        });
      }),
      { numRuns: 12 },
    );
  },
  60_000,
);

async function importInto(into: ScanWorld, parser: ScanParser, text: string, maxFindings: number) {
  const counts = await into.importScan(
    { connection: "A", at: T, assets: [] },
    { limits: { maxFindings }, parse: () => parser(bytesOf(text)) },
  );
  const { rows: checks } = await sql`
    SELECT vendor_id, severity, title FROM check_definition WHERE subscription_id = ${into.subscriptionId}
    ORDER BY vendor_id`.execute(into.db.write);
  const findings = await readFindings(into.db, into.subscriptionId);
  return { world: into, counts, state: { checks, findings } };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function writeReport(items: readonly Item[]): string {
  const hosts = [...Map.groupBy(items, ({ host }) => host)].map(
    ([host, own]) => `<ReportHost name="10.0.0.${host}"><HostProperties>
<tag name="HOST_END_TIMESTAMP">${T / 1000}</tag></HostProperties>${own.map(writeItem).join("")}</ReportHost>`,
  );
  return `<NessusClientData_v2><Report name="r">${hosts.join("\n")}</Report></NessusClientData_v2>`;
}

function writeItem({ check, port, severity, output }: Item): string {
  return `
<ReportItem port="${port}" svc_name="x" protocol="tcp" severity="${severity}" pluginID="${check}" pluginName="Check ${check}" pluginFamily="F">
<plugin_output>${output}</plugin_output></ReportItem>`;
}

function writeTable(items: readonly Item[]): string {
  const rows = items.map(
    ({ host, check, port, severity, output }) =>
      `10.0.0.${host},${check},Check ${check},${WORDS[severity]},${port},${output}`,
  );
  return ["host,id,title,severity,port,evidence", ...rows].join("\n");
}
