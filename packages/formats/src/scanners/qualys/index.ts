export { isQualysCsvHeader, parseQualysCsv } from "./csv.ts";
export { parseQualysReport } from "./report.ts";
export { parseQualysScan } from "./scan.ts";
