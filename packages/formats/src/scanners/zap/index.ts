export { parseZapJson } from "./json.ts";
export { parseZapXml } from "./xml.ts";
