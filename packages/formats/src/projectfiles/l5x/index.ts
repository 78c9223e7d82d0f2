export { parseL5x } from "./parse-l5x.ts";
