import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { orNull } from "../schemas/nullable.ts";
import { Email, FullName, Password, ScopeTags, User, UserParams } from "../schemas/user.ts";

/** A change of a user, which acts on live tokens within a second: platform.md 2.3 and 3. */
export const adminUserUpdate = defineOperation({
  id: "admin.user.update",
  method: "PUT",
  versions: { "1.0": "/admin/1.0/user/:userId" },
  summary: "Change a user",
  description:
    "Members that are absent stay as they are. Refused for who holds more than the caller, before or after the change, and for what would leave no active Manager of every asset. A new password and a deactivation end the user's tokens.",
  access: { permission: "User Management Access" },
  params: UserParams,
  body: {
    kind: "json",
    schema: Type.Partial(
      Type.Object({
        email: orNull(Email),
        fullName: FullName,
        role: Type.String({ minLength: 1, maxLength: 200, description: "Name of a role" }),
        scopeTags: ScopeTags,
        hasFullScope: Type.Boolean({
          description: "Every asset of the subscription; false without scopeTags: those of the tags kept so far",
        }),
        status: Type.Enum(["ACTIVE", "INACTIVE"], { description: "ACTIVE also unlocks" }),
        password: Password,
        ssoOnly: Type.Boolean({ description: "True takes the password away; false asks for a new one" }),
        businessUnit: orNull(
          Type.String({ minLength: 1, maxLength: 200, description: "Name of a business unit; null: none" }),
        ),
      }),
    ),
  },
  responses: { 200: { description: "The user", schema: User } },
});
