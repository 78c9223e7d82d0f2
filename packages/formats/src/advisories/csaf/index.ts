export { parseCsaf } from "./parse-csaf.ts";
export { isCsafSideFile, passSideFile } from "./side-files.ts";
