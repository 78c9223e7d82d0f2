import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { OtAdvisory } from "../schemas/ot-detection.ts";
import { OtListQuery } from "../schemas/paging.ts";

/** Advisories that hosts are matched with: ot.md 1, own addition. */
export const otAdvisoryList = defineOperation({
  id: "ot.advisory.list",
  method: "GET",
  versions: { "1.0": "/ot/1.0/advisory/list" },
  summary: "List advisories",
  description: "The advisories of the subscription: by `sort` and then by id, the last updated first without one.",
  access: { permission: "VMDR OT.API.ACCESS", alsoNeeds: "OT Vulnerabilities Access" },
  query: Type.Object({
    ...OtListQuery.properties,
    search: Type.Optional(Type.String({ maxLength: 200, description: "Part of the id or title, or a CVE identifier" })),
  }),
  hasCountHeader: true,
  responses: { 200: { description: "A page of advisories", schema: Type.Array(OtAdvisory) } },
});
