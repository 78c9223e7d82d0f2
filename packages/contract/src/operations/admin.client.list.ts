import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ApiClient } from "../schemas/client.ts";

/** API clients of the caller's subscription: platform.md 2.2. */
export const adminClientList = defineOperation({
  id: "admin.client.list",
  method: "GET",
  versions: { "1.0": "/admin/1.0/client/list" },
  summary: "List API clients",
  description: "The subscription's, the caller's own and, with `User Management Access`, those of other users.",
  access: { permission: "Client Management Access" },
  hasCountHeader: true,
  responses: { 200: { description: "API clients, by name", schema: Type.Array(ApiClient) } },
});
