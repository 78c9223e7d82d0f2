import { Type } from "typebox";
import { orNull } from "./nullable.ts";

const DateTime = Type.String({ format: "date-time" });

/** Claims that can name the user. */
const USER_CLAIMS = ["sub", "email"] as const;

/** An identity provider whose tokens the subscription accepts. */
export const IdentityProvider = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  issuer: Type.String(),
  audience: Type.String(),
  jwksUrl: Type.Union([Type.String(), Type.Null()]),
  certificates: Type.Array(Type.String()),
  userClaim: Type.Enum(USER_CLAIMS),
  created: DateTime,
  createdBy: Type.String(),
});

export const IdpParams = Type.Object({ idpId: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) });

/** What is chosen of a provider; keys come from exactly one of the two places. */
export const IDP_SETTINGS = {
  name: Type.String({ minLength: 1, maxLength: 200, description: "Unique in the subscription, visible characters" }),
  issuer: Type.String({ minLength: 1, maxLength: 500, description: "`iss` of its tokens, character by character" }),
  audience: Type.String({ minLength: 1, maxLength: 500, description: "`aud` of its tokens, or one of several" }),
  userClaim: Type.Enum(USER_CLAIMS, {
    description:
      "sub (default): it is the user name. email: it is the address of exactly one user, and `email_verified` is not false",
  }),
};

export const IdpJwksUrl = orNull(
  Type.String({
    minLength: 1,
    maxLength: 2000,
    description:
      "Where its keys are (JWKS): https, or http on loopback; this machine itself for the operator's subscription only. Redirects are not followed",
  }),
);

export const IdpCertificates = Type.Array(Type.String({ minLength: 1, maxLength: 16_384 }), {
  maxItems: 5,
  description:
    "Its certificates or public keys in PEM, instead of jwksUrl: then nothing is fetched. Their dates are not looked at",
});
