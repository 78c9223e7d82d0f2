export { type CsafPlan, type CsafProductPlan, writeCsaf } from "./write-csaf.ts";
