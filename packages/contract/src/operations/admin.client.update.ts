import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ApiClient, ClientModules, ClientName, ClientParams } from "../schemas/client.ts";

/** Name and modules of an API client; acts on live tokens within a second: platform.md 2.2. */
export const adminClientUpdate = defineOperation({
  id: "admin.client.update",
  method: "PUT",
  versions: { "1.0": "/admin/1.0/client/:clientId" },
  summary: "Change an API client",
  description:
    "Members that are absent stay as they are. With new modules a subscription's client gets all of their permissions that the caller holds. Refused when the client may do more than the caller.",
  access: { permission: "Client Management Access" },
  params: ClientParams,
  body: { kind: "json", schema: Type.Partial(Type.Object({ name: ClientName, modules: ClientModules })) },
  responses: { 200: { description: "The client", schema: ApiClient } },
});
