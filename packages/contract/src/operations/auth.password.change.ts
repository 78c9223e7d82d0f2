import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Password } from "../schemas/user.ts";

/** Change of one's own password, also when it has expired: platform.md 3. */
export const authPasswordChange = defineOperation({
  id: "auth.password.change",
  method: "POST",
  versions: { "1.0": "/auth/password" },
  summary: "Change your own password",
  description:
    "Works also with a password that has expired, which `/auth` refuses. All tokens that the password was good for end within a second. Refused like `/auth`, and never counts against limits.",
  access: "public",
  body: {
    kind: "form",
    schema: Type.Object({
      username: Type.Optional(Type.String()),
      password: Type.Optional(Type.String({ description: "The present one" })),
      newPassword: Password,
    }),
  },
  responses: {
    204: { description: "Changed" },
    401: {
      description: "Wrong user name or password, or an account that may not log in with one",
      schema: Type.Object({ authentication_exceptions: Type.Array(Type.Array(Type.String())) }),
    },
  },
});
