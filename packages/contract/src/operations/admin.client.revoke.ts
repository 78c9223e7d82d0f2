import { defineOperation } from "../operation.ts";
import { ApiClient, ClientParams } from "../schemas/client.ts";

/** Ends an API client and, within a second, its tokens, for good: platform.md 2.2. */
export const adminClientRevoke = defineOperation({
  id: "admin.client.revoke",
  method: "POST",
  versions: { "1.0": "/admin/1.0/client/:clientId/revoke" },
  summary: "Revoke an API client",
  access: { permission: "Client Management Access" },
  params: ClientParams,
  responses: { 200: { description: "The client", schema: ApiClient } },
});
