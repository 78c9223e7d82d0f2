import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** How many OT vulnerabilities a filter matches: ot.md 1, own addition. */
export const otDetectionCount = defineOperation({
  id: "ot.detection.count",
  method: "GET",
  versions: { "1.0": "/ot/1.0/detection/count" },
  summary: "Count OT vulnerabilities",
  access: { permission: "VMDR OT.API.ACCESS", alsoNeeds: "OT Vulnerabilities Access" },
  query: Type.Object({ filter: Type.Optional(Type.String({ description: "QQL query" })) }),
  hasCountHeader: true,
  responses: {
    200: { description: "The total after filter and scope", schema: Type.Object({ count: Type.Integer() }) },
  },
});
