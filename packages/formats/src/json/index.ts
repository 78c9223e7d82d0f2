export { decodeJson } from "./decode-json.ts";
export { endsEarly } from "./ends-early.ts";
export { JsonError, type JsonErrorCode } from "./json-error.ts";
export { type JsonRecordHandler, JsonRecordReader } from "./json-records.ts";
export { defaultJsonLimits, type Json, type JsonLimits, type JsonObject } from "./record-bytes.ts";
