import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ApiVersion, MAX_API_CHARS } from "../schemas/lifecycle.ts";

/** Takes an edit of a version back: platform.md 5. */
export const adminVersionReset = defineOperation({
  id: "admin.version.reset",
  method: "POST",
  versions: { "1.0": "/admin/1.0/version/reset" },
  summary: "Set a version back to what was shipped",
  access: { permission: "Version Management Access", isForOperator: true },
  body: {
    kind: "json",
    schema: Type.Object({ api: Type.String({ minLength: 1, maxLength: MAX_API_CHARS }) }),
  },
  responses: { 200: { description: "The version as shipped", schema: ApiVersion } },
});
