import { defineOperation } from "../operation.ts";
import { IdentityProvider, IdpParams } from "../schemas/identity-provider.ts";

/** One identity provider: platform.md 2.3. */
export const adminIdpGet = defineOperation({
  id: "admin.idp.get",
  method: "GET",
  versions: { "1.0": "/admin/1.0/idp/:idpId" },
  summary: "Show an identity provider",
  access: { permission: "Subscription Management Access" },
  params: IdpParams,
  responses: { 200: { description: "The provider", schema: IdentityProvider } },
});
