import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ApiVersion } from "../schemas/lifecycle.ts";

/** Every version of every operation and where it stands: platform.md 5. */
export const adminVersionList = defineOperation({
  id: "admin.version.list",
  method: "GET",
  versions: { "1.0": "/admin/1.0/version/list" },
  summary: "List versions of operations",
  access: { permission: "Version Management Access" },
  hasCountHeader: true,
  responses: { 200: { description: "All versions, by operation", schema: Type.Array(ApiVersion) } },
});
