export { isZeekLog } from "./is-zeek-log.ts";
export { parseZeek } from "./parse-zeek.ts";
