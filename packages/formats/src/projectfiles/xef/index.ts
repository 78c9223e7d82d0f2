export { parseXef } from "./parse-xef.ts";
