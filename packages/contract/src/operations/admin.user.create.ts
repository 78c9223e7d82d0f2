import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { User } from "../schemas/user.ts";

/** A new user of the caller's subscription: platform.md 3. */
export const adminUserCreate = defineOperation({
  id: "admin.user.create",
  method: "POST",
  versions: { "1.0": "/admin/1.0/user/create" },
  summary: "Create a user",
  access: { permission: "User Management Access" },
  body: {
    kind: "json",
    schema: Type.Object({
      username: Type.String({ minLength: 1, maxLength: 200 }),
      password: Type.String({ minLength: 12, maxLength: 1000 }),
      role: Type.String({ minLength: 1, maxLength: 200, description: "Name of a role" }),
      email: Type.Optional(Type.String({ maxLength: 320 })),
      fullName: Type.Optional(Type.String({ maxLength: 200 })),
      scopeTags: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
          maxItems: 1000,
          description:
            "Names of tags: the user sees the assets that carry any of them. Absent: every asset for a Manager, none for others.",
        }),
      ),
    }),
  },
  responses: { 201: { description: "The user", schema: User } },
});
