export { parseAcd } from "./acd/index.ts";
export { parseAml } from "./aml/index.ts";
export { parseL5x } from "./l5x/index.ts";
export { projectFileFormats } from "./project-file-formats.ts";
export { parseXef } from "./xef/index.ts";
