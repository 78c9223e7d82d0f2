export { assetFields, findingFields } from "./fields.ts";
export { csvFormat, FINDING_CSV_COLUMNS } from "./finding-csv.ts";
export type { Piece } from "./finding-format.ts";
export { jsonFormat } from "./finding-json.ts";
export { FINDING_PARQUET_COLUMNS } from "./finding-parquet.ts";
export { createFindingReader, type FindingReader, type FindingSession, type FindingTexts } from "./finding-reader.ts";
export type { FindingSet } from "./finding-rows.ts";
export { readFindings } from "./read-findings.ts";
export { type FindingFilter, findingTables, findingTablesAsNeeded, matchingFindings } from "./select-findings.ts";
