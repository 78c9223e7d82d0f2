import { defineOperation } from "../operation.ts";
import { ClientParams } from "../schemas/client.ts";

/** Ends an API client and its tokens, and frees its name: platform.md 2.2. */
export const adminClientDelete = defineOperation({
  id: "admin.client.delete",
  method: "DELETE",
  versions: { "1.0": "/admin/1.0/client/:clientId" },
  summary: "Delete an API client",
  access: { permission: "Client Management Access" },
  params: ClientParams,
  responses: { 204: { description: "Deleted" } },
});
