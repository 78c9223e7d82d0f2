import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ApiClientWithSecret, ClientModules, ClientName, ClientPermissions } from "../schemas/client.ts";

/** A new API client: platform.md 2.2. */
export const adminClientCreate = defineOperation({
  id: "admin.client.create",
  method: "POST",
  versions: { "1.0": "/admin/1.0/client/create" },
  summary: "Create an API client",
  description:
    "A user's client acts as that user, within its modules, and ends with the user. A subscription's client survives any user. Neither gets more than the caller holds; another user's client asks for `User Management Access` too. The secret is shown this once; get tokens with it at `POST /auth/oauth` or `/auth/oidc`.",
  access: { permission: "Client Management Access" },
  body: {
    kind: "json",
    schema: Type.Object({
      name: ClientName,
      kind: Type.Enum(["user", "subscription"]),
      modules: ClientModules,
      user: Type.Optional(
        Type.String({ minLength: 1, maxLength: 200, description: "Whose client; absent: the caller's" }),
      ),
      permissions: Type.Optional(ClientPermissions),
      scopeTags: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
          maxItems: 1000,
          description: "Tags whose assets a subscription's client sees; absent: what the caller sees",
        }),
      ),
      expires: Type.Optional(Type.String({ format: "date-time", maxLength: 40 })),
    }),
  },
  responses: { 201: { description: "The client with its secret, shown this once", schema: ApiClientWithSecret } },
});
