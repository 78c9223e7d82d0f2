import { type RawBuilder, sql } from "kysely";
import { type FindingSet, findingPage, joinAttributions, lastFoundAt } from "./finding-page.ts";
import { epochMs, spreadsheetText } from "./sql-values.ts";

const text = (column: string) => spreadsheetText(sql.ref(column));
const list = (column: string) => spreadsheetText(sql`array_to_string(${sql.ref(column)}, '; ')`);

/** Columns of a finding's CSV row: the members of its JSON, flattened, and what each is made of. */
const CSV_COLUMNS: readonly (readonly [name: string, value: RawBuilder<unknown>])[] = [
  ["id", sql`p.id`],
  ["title", text("c.title")],
  ["description", text("c.description")],
  ["category", text("p.category")],
  ["subCategory", text("c.family")],
  ["severity", sql`p.severity`],
  ["status", sql`p.status`],
  ["cveId", text("p.cve_id")],
  ["vendorId", text("c.vendor_id")],
  ["vendorProductName", text("c.product")],
  ["qds", sql`p.qds`],
  ["qvss", sql`NULL`],
  ["truRiskScore", sql`a.risk`],
  ["isPatchAvailable", sql`CASE WHEN c.is_patch_available THEN 'true' ELSE 'false' END`],
  ["isQualysPatchable", sql`'false'`],
  ["cvss.baseScore", sql`coalesce(c.cvss4_score, c.cvss3_score, c.cvss2_score)`],
  ["cve.cvss2Info.basescore", sql`c.cvss2_score`],
  ["cve.cvss3Info.basescore", sql`c.cvss3_score`],
  ["cve.cvss4Info.basescore", sql`c.cvss4_score`],
  ["cve.epss", sql`NULL`],
  ["cve.cisaKev", sql`NULL`],
  ["firstFound", epochMs(sql`p.first_found`)],
  ["lastFound", epochMs(lastFoundAt)],
  ["lastFixed", epochMs(sql`p.last_fixed`)],
  ["reopened", epochMs(sql`p.reopened_at`)],
  ["port", sql`p.port`],
  ["protocol", text("p.protocol")],
  ["instance", text("p.instance")],
  ["asset.assetName", text("a.name")],
  ["asset.internalAssetId", sql`a.id`],
  ["asset.criticalityScore", sql`a.criticality`],
  ["asset.tags", list("a.tag_names")],
  ["asset.ipAddresses", list("a.addresses")],
  ["asset.macAddresses", list("a.mac_addresses")],
  ["asset.hostNames", list("a.host_names")],
  ["sources", sql`concat('[', s.json, ']')`],
];

/** Names of the columns, in order. */
export const FINDING_CSV_COLUMNS: readonly string[] = CSV_COLUMNS.map(([name]) => name);

/**
 * A query of findings with a column per member, in no promised order; texts are safe to open in a spreadsheet.
 */
export function selectFindingCsv(set: FindingSet): RawBuilder<unknown> {
  const columns = CSV_COLUMNS.map(([name, value]) => sql`${value} AS ${sql.id(name)}`);
  return sql`WITH ${findingPage(set)} SELECT ${sql.join(columns)} FROM page p
    JOIN checks c ON c.id = p.check_id JOIN assets a ON a.id = p.asset_id ${joinAttributions(set)}`;
}
