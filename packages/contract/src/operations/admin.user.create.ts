import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { User } from "../schemas/user.ts";

/** What a password's length may be, in characters; also that of the Manager made by a first start. */
export const PASSWORD_LENGTH = { min: 12, max: 1000 } as const;

/** Longest user name, in bytes of UTF-8: keeps a token below 4 KB, for a byte of it becomes at most 8 characters there. */
export const MAX_USERNAME_BYTES = 200;

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
      username: Type.String({
        minLength: 1,
        maxLength: MAX_USERNAME_BYTES,
        description: "At most 200 bytes of UTF-8, visible at both ends, without control or other invisible characters",
      }),
      password: Type.String({ minLength: PASSWORD_LENGTH.min, maxLength: PASSWORD_LENGTH.max }),
      role: Type.String({ minLength: 1, maxLength: 200, description: "Name of a role" }),
      email: Type.Optional(Type.String({ maxLength: 320 })),
      fullName: Type.Optional(Type.String({ maxLength: 200, description: "Visible characters, as in a user name" })),
      scopeTags: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
          maxItems: 1000,
          description:
            "Names of tags: the user sees the assets that carry any of them. Absent: every asset for a Manager, none for others. Within the caller's own scope, and not to be given by a User Administrator.",
        }),
      ),
    }),
  },
  responses: { 201: { description: "The user", schema: User } },
});
