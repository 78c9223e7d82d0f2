import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ApiClientWithSecret, ClientParams, MAX_OVERLAP_SEC } from "../schemas/client.ts";

/** A new secret for an API client: platform.md 2.2. */
export const adminClientRotate = defineOperation({
  id: "admin.client.rotate",
  method: "POST",
  versions: { "1.0": "/admin/1.0/client/:clientId/rotate" },
  summary: "Give an API client a new secret",
  description: "Tokens that it has stay valid. Refused when the client may do more than the caller.",
  access: { permission: "Client Management Access" },
  params: ClientParams,
  body: {
    kind: "json",
    isOptional: true,
    schema: Type.Object({
      overlapSec: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: MAX_OVERLAP_SEC,
          description: "How long the former secret goes on; default 0",
        }),
      ),
    }),
  },
  responses: { 200: { description: "The client with its new secret, shown this once", schema: ApiClientWithSecret } },
});
