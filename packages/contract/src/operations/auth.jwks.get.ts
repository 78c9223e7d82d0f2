import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** Public keys of RS512 tokens: platform.md 2.3. */
export const authJwksGet = defineOperation({
  id: "auth.jwks.get",
  method: "GET",
  versions: { "1.0": "/.well-known/jwks.json" },
  summary: "Public keys of RS512 tokens",
  description: "A JSON Web Key Set (RFC 7517). Keys of HS512 tokens are secret and not in it.",
  access: "public",
  responses: {
    200: {
      description: "The keys",
      schema: Type.Object({
        keys: Type.Array(
          Type.Object({
            kty: Type.String(),
            kid: Type.String(),
            alg: Type.String(),
            use: Type.String(),
            n: Type.String(),
            e: Type.String(),
          }),
        ),
      }),
    },
  },
});
