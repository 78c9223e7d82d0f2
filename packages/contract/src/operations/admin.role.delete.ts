import { defineOperation } from "../operation.ts";
import { RoleParams } from "../schemas/role.ts";

/** A custom role that nobody has: platform.md 3. */
export const adminRoleDelete = defineOperation({
  id: "admin.role.delete",
  method: "DELETE",
  versions: { "1.0": "/admin/1.0/role/:roleId" },
  summary: "Delete a role",
  description: "Refused (409) for shipped roles and while users have it.",
  access: { permission: "User Management Access" },
  params: RoleParams,
  responses: { 204: { description: "Deleted" } },
});
