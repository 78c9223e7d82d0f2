import { defineOperation } from "../operation.ts";
import { IdpParams } from "../schemas/identity-provider.ts";

/** Removes an identity provider; its tokens end within a second: platform.md 2.3. */
export const adminIdpDelete = defineOperation({
  id: "admin.idp.delete",
  method: "DELETE",
  versions: { "1.0": "/admin/1.0/idp/:idpId" },
  summary: "Delete an identity provider",
  access: { permission: "Subscription Management Access" },
  params: IdpParams,
  responses: { 204: { description: "Deleted" } },
});
