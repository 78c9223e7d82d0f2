export { parseCycloneDxJson } from "./parse-json.ts";
export { parseCycloneDxXml } from "./parse-xml.ts";
