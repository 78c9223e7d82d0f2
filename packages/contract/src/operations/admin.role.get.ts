import { defineOperation } from "../operation.ts";
import { Role, RoleParams } from "../schemas/role.ts";

/** One role: platform.md 3. */
export const adminRoleGet = defineOperation({
  id: "admin.role.get",
  method: "GET",
  versions: { "1.0": "/admin/1.0/role/:roleId" },
  summary: "Look at a role",
  access: { permission: "User Management Access" },
  params: RoleParams,
  responses: { 200: { description: "The role", schema: Role } },
});
