export { assetFields, findingFields } from "./fields.ts";
export { FINDING_CSV_COLUMNS, selectFindingCsv } from "./finding-csv.ts";
export { selectFindingJson } from "./finding-json.ts";
export type { FindingSet } from "./finding-page.ts";
export { type FindingFilter, findingTables, matchingFindings } from "./select-findings.ts";
