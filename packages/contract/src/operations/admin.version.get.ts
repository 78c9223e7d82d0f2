import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ApiVersion, MAX_API_CHARS } from "../schemas/lifecycle.ts";

/** One version of an operation and where it stands: platform.md 5. */
export const adminVersionGet = defineOperation({
  id: "admin.version.get",
  method: "GET",
  versions: { "1.0": "/admin/1.0/version/get" },
  summary: "Show a version of an operation",
  access: { permission: "Version Management Access" },
  query: Type.Object({
    api: Type.String({ minLength: 1, maxLength: MAX_API_CHARS, description: "As listed: GET /ot/v1/host/list" }),
  }),
  responses: { 200: { description: "The version", schema: ApiVersion } },
});
