export { parseAcd } from "./parse-acd.ts";
