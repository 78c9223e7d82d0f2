import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import {
  IDP_SETTINGS,
  IdentityProvider,
  IdpCertificates,
  IdpJwksUrl,
  IdpParams,
} from "../schemas/identity-provider.ts";

/** A change of an identity provider; acts on live tokens within a second: platform.md 2.3. */
export const adminIdpUpdate = defineOperation({
  id: "admin.idp.update",
  method: "PUT",
  versions: { "1.0": "/admin/1.0/idp/:idpId" },
  summary: "Change an identity provider",
  description:
    "Members that are absent stay as they are; jwksUrl takes the place of certificates and the other way round.",
  access: { permission: "Subscription Management Access" },
  params: IdpParams,
  body: {
    kind: "json",
    schema: Type.Partial(Type.Object({ ...IDP_SETTINGS, jwksUrl: IdpJwksUrl, certificates: IdpCertificates })),
  },
  maxBodyBytes: 128 * 1024,
  responses: { 200: { description: "The provider", schema: IdentityProvider } },
});
