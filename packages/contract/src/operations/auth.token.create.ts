import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** Log in: platform.md 2.1. */
export const authTokenCreate = defineOperation({
  id: "auth.token.create",
  method: "POST",
  versions: { "1.0": "/auth" },
  summary: "Log in and get a token",
  description:
    "Answers 201 with the bare token, valid for four hours. Send it as `Authorization: Bearer <token>`. Never counts against limits.",
  access: "public",
  body: {
    kind: "form",
    schema: Type.Object({
      username: Type.Optional(Type.String()),
      password: Type.Optional(Type.String()),
      token: Type.Optional(Type.String({ description: "Default true" })),
      permissions: Type.Optional(Type.String({ description: "true: list the caller's permissions in the token" })),
    }),
  },
  responses: {
    201: { description: "The token, bare", contentType: "text/plain;charset=UTF-8", schema: Type.String() },
    401: {
      description: "Wrong user name or password, or an account that may not log in",
      schema: Type.Object({ authentication_exceptions: Type.Array(Type.Array(Type.String())) }),
    },
  },
});
