import { Type } from "typebox";

const Millis = Type.Integer({ description: "Epoch milliseconds" });

export const ACCEPTANCE_REASONS = [
  "Accepted risk",
  "Compensating control",
  "False positive",
  "Not applicable",
  "Planned remediation",
] as const;

/** A risk that somebody has decided to live with: the finding keeps its status and does not count in scores. */
export const RiskAcceptance = Type.Object({
  id: Type.String(),
  findingId: Type.String(),
  reason: Type.String(),
  reasonType: Type.Enum(ACCEPTANCE_REASONS),
  createdBy: Type.String(),
  createdDate: Millis,
  startDate: Millis,
  endDate: Type.Union([Millis, Type.Null()], { description: "null: until it is revoked" }),
});
