export { parseAml } from "./parse-aml.ts";
