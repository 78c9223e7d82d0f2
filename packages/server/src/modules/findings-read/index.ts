export { assetFields, findingFields, lastLooks, orderTables } from "./fields.ts";
export { readFindings } from "./read-findings.ts";
export { type RiskBand, riskBand } from "./risk-band.ts";
export { type FindingPlace, selectFindingRows } from "./select-finding-rows.ts";
export { type FindingFilter, findingTables, findingTablesAsNeeded, matchingFindings } from "./select-findings.ts";
