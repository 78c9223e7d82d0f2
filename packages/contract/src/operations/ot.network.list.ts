import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { OtConversation } from "../schemas/ot-conversation.ts";
import { OtListQuery } from "../schemas/paging.ts";

/** Who talks to whom: ot.md 1, own addition. */
export const otNetworkList = defineOperation({
  id: "ot.network.list",
  method: "GET",
  versions: { "1.0": "/ot/1.0/network/list" },
  summary: "List conversations",
  description:
    "Those of which at least one end is a host of the caller's scope; with a scope over all assets all. Total order: by `sort`, then by network, client, server, transport and port.",
  access: { permission: "OT Network View Access" },
  query: Type.Object({
    ...OtListQuery.properties,
    address: Type.Optional(Type.String({ maxLength: 45, description: "Either end" })),
    protocol: Type.Optional(Type.String({ maxLength: 50, description: "As in the records, e.g. `enip`" })),
  }),
  hasCountHeader: true,
  responses: { 200: { description: "A page of conversations", schema: Type.Array(OtConversation) } },
});
