export { isOpenvasCsvHeader, parseOpenvasCsv } from "./csv.ts";
export { parseOpenvas } from "./report.ts";
