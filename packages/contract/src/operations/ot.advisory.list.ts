import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { OtAdvisory } from "../schemas/ot-detection.ts";

/** Advisories that hosts are matched with: ot.md 1, own addition. */
export const otAdvisoryList = defineOperation({
  id: "ot.advisory.list",
  method: "GET",
  versions: { "1.0": "/ot/1.0/advisory/list" },
  summary: "List advisories",
  description: "The advisories of the subscription, the last updated first.",
  access: { permission: "VMDR OT.API.ACCESS", alsoNeeds: "OT Vulnerabilities Access" },
  query: Type.Object({
    search: Type.Optional(Type.String({ maxLength: 200, description: "Part of the id or title, or a CVE identifier" })),
    pageNumber: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: "From 0." })),
    pageSize: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: "Default 50; more than 100 is read as 100." }),
    ),
  }),
  hasCountHeader: true,
  responses: { 200: { description: "A page of advisories", schema: Type.Array(OtAdvisory) } },
});
