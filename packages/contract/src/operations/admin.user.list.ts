import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { User } from "../schemas/user.ts";

/** Users of the caller's subscription: platform.md 3. */
export const adminUserList = defineOperation({
  id: "admin.user.list",
  method: "GET",
  versions: { "1.0": "/admin/1.0/user/list" },
  summary: "List users",
  access: { permission: "User Management Access" },
  hasCountHeader: true,
  responses: { 200: { description: "All users, by name", schema: Type.Array(User) } },
});
