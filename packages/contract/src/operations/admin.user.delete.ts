import { defineOperation } from "../operation.ts";
import { UserParams } from "../schemas/user.ts";

/** A user that is not there any more, nor its tokens: platform.md 2.3 and 3. */
export const adminUserDelete = defineOperation({
  id: "admin.user.delete",
  method: "DELETE",
  versions: { "1.0": "/admin/1.0/user/:userId" },
  summary: "Delete a user",
  description: "Refused for who holds more than the caller, and for the last active Manager of every asset.",
  access: { permission: "User Management Access" },
  params: UserParams,
  responses: { 204: { description: "Deleted" } },
});
