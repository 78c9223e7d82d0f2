import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { OtHost, OtHostEvidence } from "../schemas/ot-host.ts";

/** One OT host: ot.md 1, own addition. */
export const otHostGet = defineOperation({
  id: "ot.host.get",
  method: "GET",
  versions: { "1.0": "/ot/1.0/host/:hostId" },
  summary: "Look at an OT host",
  access: { permission: "VMDR OT.API.ACCESS" },
  params: Type.Object({ hostId: Type.String({ maxLength: 20, description: "`assetId` of the host" }) }),
  responses: {
    200: {
      description: "The host with what is inferred of it and every source's word",
      schema: Type.Interface([OtHost], OtHostEvidence.properties),
    },
  },
});
