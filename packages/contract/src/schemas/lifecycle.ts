import { Type } from "typebox";

/** Longest `METHOD /path` that names a version of an operation. */
export const MAX_API_CHARS = 200;

const DateTime = Type.String({ format: "date-time" });
const DateTimeOrNull = Type.Union([DateTime, Type.Null()]);

/** One version of one operation, and where it stands (platform.md 5). */
export const ApiVersion = Type.Object({
  api: Type.String({ description: "Method and path template with version: GET /ot/v1/host/list" }),
  operation: Type.String({ description: "Id of the operation: ot.host.list" }),
  version: Type.String(),
  state: Type.Enum(["active", "eos", "eol"], { description: "Now, under the server's profile" }),
  deprecatedAt: DateTimeOrNull,
  eosAt: DateTimeOrNull,
  eolAt: DateTimeOrNull,
  successor: Type.Union([Type.String(), Type.Null()]),
  isEdited: Type.Boolean({ description: "False: as shipped" }),
});

/** A date of a change: null takes it away. */
export const PlannedDate = Type.Unsafe<string | null>({
  type: ["string", "null"],
  maxLength: 40,
  description: "2026-01-01 (its first instant in UTC) or an RFC 3339 time, 1970 to 9999; null: not planned",
});
