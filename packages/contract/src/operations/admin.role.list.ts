import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Role } from "../schemas/role.ts";

/** Shipped and custom roles of the caller's subscription: platform.md 3. */
export const adminRoleList = defineOperation({
  id: "admin.role.list",
  method: "GET",
  versions: { "1.0": "/admin/1.0/role/list" },
  summary: "List roles",
  access: { permission: "User Management Access" },
  hasCountHeader: true,
  responses: { 200: { description: "All roles, by name", schema: Type.Array(Role) } },
});
