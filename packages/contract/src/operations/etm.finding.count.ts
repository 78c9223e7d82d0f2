import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** How many findings match: etm.md 2. */
export const etmFindingCount = defineOperation({
  id: "etm.finding.count",
  method: "GET",
  versions: { "1.0": "/etm/1.0/finding/count" },
  summary: "Count findings",
  access: { permission: "ETM API Access" },
  query: Type.Object({
    filter: Type.Optional(Type.String({ maxLength: 65_536, description: "QQL query over findings" })),
    assetFilter: Type.Optional(Type.String({ maxLength: 65_536, description: "QQL query over assets" })),
  }),
  hasCountHeader: true,
  responses: {
    200: { description: "The total after filter and scope", schema: Type.Object({ count: Type.Integer() }) },
  },
});
