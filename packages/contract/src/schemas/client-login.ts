import { Type } from "typebox";
import { Problem } from "./problem.ts";

/** What the two paths share: either takes either kind of client. */
export const ClientLogin = {
  description:
    "Credentials in the request headers `clientId` and `clientSecret`, the body empty. Answers 200 with the bare token, valid for four hours.",
  access: "public",
  body: {
    kind: "form",
    isOptional: true,
    schema: Type.Object({
      encrypted: Type.Optional(
        Type.String({ description: "RSA512 or RS512: signed with a key of /.well-known/jwks.json; default HS512" }),
      ),
      permissions: Type.Optional(Type.String({ description: "true: list the client's permissions in the token" })),
    }),
  },
  responses: {
    200: { description: "The token, bare", contentType: "text/plain;charset=UTF-8", schema: Type.String() },
    401: { description: "Invalid Client ID: no such client and secret, or one that may not call", schema: Problem },
  },
} as const;
