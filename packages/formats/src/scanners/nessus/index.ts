export { isNessusCsvHeader, parseNessusCsv } from "./csv.ts";
export { defaultNessusLimits, type NessusLimits } from "./nessus-handler.ts";
export { parseNessus, parseNessusWithin } from "./parse-nessus.ts";
