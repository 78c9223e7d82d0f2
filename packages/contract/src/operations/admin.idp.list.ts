import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { IdentityProvider } from "../schemas/identity-provider.ts";

/** Identity providers of the caller's subscription: platform.md 2.3. */
export const adminIdpList = defineOperation({
  id: "admin.idp.list",
  method: "GET",
  versions: { "1.0": "/admin/1.0/idp/list" },
  summary: "List identity providers",
  access: { permission: "Subscription Management Access" },
  hasCountHeader: true,
  responses: { 200: { description: "All identity providers, by name", schema: Type.Array(IdentityProvider) } },
});
