import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ROLE_MEMBERS, Role, RoleName } from "../schemas/role.ts";

/** A custom role: platform.md 3. */
export const adminRoleCreate = defineOperation({
  id: "admin.role.create",
  method: "POST",
  versions: { "1.0": "/admin/1.0/role/create" },
  summary: "Create a role",
  description: "Access that is not given is not there.",
  access: { permission: "User Management Access" },
  body: {
    kind: "json",
    schema: Type.Object({
      name: RoleName,
      description: Type.Optional(ROLE_MEMBERS.description),
      hasUiAccess: Type.Optional(ROLE_MEMBERS.hasUiAccess),
      hasApiAccess: Type.Optional(ROLE_MEMBERS.hasApiAccess),
      permissions: ROLE_MEMBERS.permissions,
    }),
  },
  responses: { 201: { description: "The role", schema: Role } },
});
