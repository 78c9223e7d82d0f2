import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { orNull } from "../schemas/nullable.ts";
import { ACCEPTANCE_REASONS, RiskAcceptance } from "../schemas/risk-acceptance.ts";

/** Accept the risk of a finding: etm.md 2 and 5. */
export const etmFindingAccept = defineOperation({
  id: "etm.finding.accept",
  method: "POST",
  versions: { "1.0": "/etm/1.0/finding/:findingId/accept" },
  summary: "Accept the risk of a finding",
  description:
    "The finding keeps its status, and does not count in scores until the end date. A former acceptance is replaced.",
  access: { permission: "ETM Risk Acceptance Access" },
  params: Type.Object({ findingId: Type.String({ maxLength: 20 }) }),
  body: {
    kind: "json",
    schema: Type.Object({
      reason: Type.String({ minLength: 1, maxLength: 2000 }),
      reasonType: Type.Optional(Type.Enum(ACCEPTANCE_REASONS, { description: "Default: Accepted risk" })),
      endDate: Type.Optional(
        orNull(
          Type.Integer({
            minimum: 0,
            maximum: 253_402_300_799_999,
            description: "Epoch milliseconds, in the future; null or left out: until it is revoked",
          }),
        ),
      ),
    }),
  },
  responses: { 200: { description: "The acceptance", schema: RiskAcceptance } },
});
