import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ApiVersion, MAX_API_CHARS, PlannedDate } from "../schemas/lifecycle.ts";

/** The dates of a version, for the whole installation: platform.md 5. */
export const adminVersionSet = defineOperation({
  id: "admin.version.set",
  method: "PUT",
  versions: { "1.0": "/admin/1.0/version/set" },
  summary: "Change the dates of a version",
  description:
    "Members that are absent stay as they are, null takes a date away. Acts on every node within a second; an edited version follows its dates under both profiles.",
  access: { permission: "Version Management Access", isForOperator: true },
  body: {
    kind: "json",
    schema: Type.Object({
      api: Type.String({ minLength: 1, maxLength: MAX_API_CHARS, description: "As listed: GET /ot/v1/host/list" }),
      deprecatedAt: Type.Optional(PlannedDate),
      eosAt: Type.Optional(PlannedDate),
      eolAt: Type.Optional(PlannedDate),
      successor: Type.Optional(
        Type.Unsafe<string | null>({
          type: ["string", "null"],
          maxLength: MAX_API_CHARS,
          description: "Path of what replaces it: /ot/1.0/host/list",
        }),
      ),
    }),
  },
  responses: { 200: { description: "The version as it now stands", schema: ApiVersion } },
});
