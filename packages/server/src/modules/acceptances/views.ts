import type { RiskAcceptance } from "@breakwater/contract/schemas/risk-acceptance";
import type { Static } from "typebox";
import type { AcceptanceRow } from "./store.ts";

export function toRiskAcceptance({ createdAt, endAt, ...row }: AcceptanceRow): Static<typeof RiskAcceptance> {
  const createdDate = createdAt.getTime();
  return { ...row, createdDate, startDate: createdDate, endDate: endAt?.getTime() ?? null };
}
