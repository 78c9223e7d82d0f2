import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Finding, FindingExplanation } from "../schemas/finding.ts";
import { RiskAcceptance } from "../schemas/risk-acceptance.ts";

/** One finding, and why it is what it is: etm.md 2 and 5. */
export const etmFindingGet = defineOperation({
  id: "etm.finding.get",
  method: "GET",
  versions: { "1.0": "/etm/1.0/finding/:findingId" },
  summary: "Look at a finding",
  access: { permission: "ETM API Access" },
  params: Type.Object({ findingId: Type.String({ maxLength: 20 }) }),
  responses: {
    200: {
      description: "The finding with its explanation",
      schema: Type.Interface([Finding], {
        riskAcceptance: Type.Union([RiskAcceptance, Type.Null()], { description: "In force" }),
        explanation: FindingExplanation,
      }),
    },
  },
});
