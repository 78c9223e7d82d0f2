import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** Ask for a new test of a finding: etm.md 3, status RETEST. */
export const etmFindingRetest = defineOperation({
  id: "etm.finding.retest",
  method: "POST",
  versions: { "1.0": "/etm/1.0/finding/:findingId/retest" },
  summary: "Ask for a new test of a finding",
  description:
    "The finding is RETEST until a source that looked after this moment tells of it: ACTIVE or PROTECTED when it is still there, FIXED when it is gone. Meanwhile it counts in full. One that is FIXED is refused (409).",
  access: { permission: "Import Findings Access" },
  params: Type.Object({ findingId: Type.String({ maxLength: 20 }) }),
  responses: { 204: { description: "It waits for its next test" } },
});
