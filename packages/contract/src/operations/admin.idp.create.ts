import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { IDP_SETTINGS, IdentityProvider, IdpCertificates, IdpJwksUrl } from "../schemas/identity-provider.ts";

const { userClaim, ...required } = IDP_SETTINGS;

/** An identity provider whose tokens are accepted as bearer tokens: platform.md 2.3. */
export const adminIdpCreate = defineOperation({
  id: "admin.idp.create",
  method: "POST",
  versions: { "1.0": "/admin/1.0/idp/create" },
  summary: "Add an identity provider",
  description:
    "Its tokens let in whoever they name, so only a Manager who sees every asset may add one. Issuer and audience together are unique. Give either jwksUrl or certificates.",
  access: { permission: "Subscription Management Access" },
  body: {
    kind: "json",
    schema: Type.Object({
      ...required,
      userClaim: Type.Optional(userClaim),
      jwksUrl: Type.Optional(IdpJwksUrl),
      certificates: Type.Optional(IdpCertificates),
    }),
  },
  maxBodyBytes: 128 * 1024,
  responses: { 201: { description: "The provider", schema: IdentityProvider } },
});
