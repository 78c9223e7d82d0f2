import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Email, FullName, Password, ScopeTags, User, Username } from "../schemas/user.ts";

/** A new user of the caller's subscription: platform.md 3. */
export const adminUserCreate = defineOperation({
  id: "admin.user.create",
  method: "POST",
  versions: { "1.0": "/admin/1.0/user/create" },
  summary: "Create a user",
  description:
    "Without scopeTags and hasFullScope a Manager sees every asset, a Unit Manager those of the business unit, anybody else none. Who belongs to a business unit creates users of that unit only.",
  access: { permission: "User Management Access" },
  body: {
    kind: "json",
    schema: Type.Object({
      username: Username,
      password: Type.Optional(Password),
      ssoOnly: Type.Optional(
        Type.Boolean({ description: "Logs in through the identity provider only, without a password" }),
      ),
      role: Type.String({ minLength: 1, maxLength: 200, description: "Name of a role" }),
      email: Type.Optional(Email),
      fullName: Type.Optional(FullName),
      scopeTags: Type.Optional(ScopeTags),
      hasFullScope: Type.Optional(Type.Boolean({ description: "Every asset of the subscription" })),
      businessUnit: Type.Optional(
        Type.String({ minLength: 1, maxLength: 200, description: "Name of a business unit" }),
      ),
    }),
  },
  responses: { 201: { description: "The user", schema: User } },
});
