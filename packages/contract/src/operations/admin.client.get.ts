import { defineOperation } from "../operation.ts";
import { ApiClient, ClientParams } from "../schemas/client.ts";

/** One API client: platform.md 2.2. */
export const adminClientGet = defineOperation({
  id: "admin.client.get",
  method: "GET",
  versions: { "1.0": "/admin/1.0/client/:clientId" },
  summary: "Show an API client",
  access: { permission: "Client Management Access" },
  params: ClientParams,
  responses: { 200: { description: "The client", schema: ApiClient } },
});
