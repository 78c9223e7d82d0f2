import { defineOperation } from "../operation.ts";
import { User, UserParams } from "../schemas/user.ts";

/** One user: platform.md 3. */
export const adminUserGet = defineOperation({
  id: "admin.user.get",
  method: "GET",
  versions: { "1.0": "/admin/1.0/user/:userId" },
  summary: "Look at a user",
  access: { permission: "User Management Access" },
  params: UserParams,
  responses: { 200: { description: "The user", schema: User } },
});
