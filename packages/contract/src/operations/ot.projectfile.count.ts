import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** How many project files a filter matches: ot.md 1, own addition. */
export const otProjectfileCount = defineOperation({
  id: "ot.projectfile.count",
  method: "GET",
  versions: { "1.0": "/ot/1.0/projectfile/count" },
  summary: "Count project files",
  access: { permission: "VMDR OT.API.ACCESS" },
  query: Type.Object({ filter: Type.Optional(Type.String({ description: "QQL query" })) }),
  hasCountHeader: true,
  responses: {
    200: { description: "The total after filter and scope", schema: Type.Object({ count: Type.Integer() }) },
  },
});
