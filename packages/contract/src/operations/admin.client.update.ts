import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ApiClient, ClientModules, ClientName, ClientParams, ClientPermissions } from "../schemas/client.ts";

/** Name, modules and permissions of an API client; acts on live tokens within a second: platform.md 2.2. */
export const adminClientUpdate = defineOperation({
  id: "admin.client.update",
  method: "PUT",
  versions: { "1.0": "/admin/1.0/client/:clientId" },
  summary: "Change an API client",
  description:
    "Members that are absent stay as they are. With new modules a subscription's client keeps those of its permissions that belong to them; it gets others only by permissions, which take the place of those it has. Refused when the client may do more than the caller.",
  access: { permission: "Client Management Access" },
  params: ClientParams,
  body: {
    kind: "json",
    schema: Type.Partial(
      Type.Object({
        name: ClientName,
        modules: ClientModules,
        permissions: {
          ...ClientPermissions,
          description: "Of a subscription's client: what it may do from now on, within its modules",
        },
      }),
    ),
  },
  responses: { 200: { description: "The client", schema: ApiClient } },
});
