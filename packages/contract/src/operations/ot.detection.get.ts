import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { OtDetection, OtDetectionHistory } from "../schemas/ot-detection.ts";

/** One OT vulnerability with its history: ot.md 1, own addition. */
export const otDetectionGet = defineOperation({
  id: "ot.detection.get",
  method: "GET",
  versions: { "1.0": "/ot/1.0/detection/:detectionId" },
  summary: "Look at an OT vulnerability",
  access: { permission: "VMDR OT.API.ACCESS", alsoNeeds: "OT Vulnerabilities Access" },
  params: Type.Object({ detectionId: Type.String({ maxLength: 64, description: "Its uuid" }) }),
  responses: {
    200: {
      description: "The detection with its history",
      schema: Type.Interface([OtDetection], OtDetectionHistory.properties),
    },
  },
});
