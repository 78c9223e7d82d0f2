import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { OtDetection } from "../schemas/ot-detection.ts";
import { OtListQuery } from "../schemas/paging.ts";

/** OT vulnerabilities of the hosts in the caller's scope: ot.md 1. */
export const otDetectionList = defineOperation({
  id: "ot.detection.list",
  method: "GET",
  versions: { v1: "/ot/v1/detection/list", "1.0": "/ot/1.0/detection/list" },
  summary: "List OT vulnerabilities",
  description: "Total order: by `sort`, then by uuid. A page past the end is an empty list.",
  access: { permission: "VMDR OT.API.ACCESS", alsoNeeds: "OT Vulnerabilities Access" },
  query: OtListQuery,
  hasCountHeader: true,
  responses: {
    200: { description: "A page of detections", schema: Type.Object({ vulnerabilities: Type.Array(OtDetection) }) },
  },
});
