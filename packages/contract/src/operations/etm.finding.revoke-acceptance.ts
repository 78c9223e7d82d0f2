import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** Take back that a finding's risk is accepted: etm.md 2 and 5. */
export const etmFindingRevokeAcceptance = defineOperation({
  id: "etm.finding.revoke-acceptance",
  method: "POST",
  versions: { "1.0": "/etm/1.0/finding/:findingId/revoke-acceptance" },
  summary: "Revoke the acceptance of a finding's risk",
  access: { permission: "ETM Risk Acceptance Access" },
  params: Type.Object({ findingId: Type.String({ maxLength: 20 }) }),
  responses: { 204: { description: "It counts in scores again" } },
});
