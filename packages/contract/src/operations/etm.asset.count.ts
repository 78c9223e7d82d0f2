import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** How many assets match: etm.md 2. */
export const etmAssetCount = defineOperation({
  id: "etm.asset.count",
  method: "GET",
  versions: { "1.0": "/etm/1.0/asset/count" },
  summary: "Count assets",
  access: { permission: "ETM API Access" },
  query: Type.Object({
    filter: Type.Optional(Type.String({ maxLength: 65_536, description: "QQL query over assets" })),
  }),
  hasCountHeader: true,
  responses: {
    200: { description: "The total after filter and scope", schema: Type.Object({ count: Type.Integer() }) },
  },
});
