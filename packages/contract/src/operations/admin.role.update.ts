import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ROLE_MEMBERS, Role, RoleName, RoleParams } from "../schemas/role.ts";

/** A change of a custom role, which acts on all its users within a second: platform.md 3. */
export const adminRoleUpdate = defineOperation({
  id: "admin.role.update",
  method: "PUT",
  versions: { "1.0": "/admin/1.0/role/:roleId" },
  summary: "Change a role",
  description:
    "Members that are absent stay as they are. Shipped roles cannot be changed (409). Refused (403) unless the caller may make the change for each user who has the role.",
  access: { permission: "User Management Access" },
  params: RoleParams,
  body: { kind: "json", schema: Type.Partial(Type.Object({ name: RoleName, ...ROLE_MEMBERS })) },
  responses: { 200: { description: "The role", schema: Role } },
});
