import type { RiskRule } from "@breakwater/contract/schemas/risk-rule";
import type { Static } from "typebox";
import type { RuleRow } from "./store.ts";

/** A rule as the API shows it. */
export function toRiskRule(row: RuleRow, now: number, isRescoring: boolean): Static<typeof RiskRule> {
  const { id, name, reason, findingsQql, assetQql, effect, value, priority, isEnabled, endAt, createdBy } = row;
  const isOver = endAt !== null && endAt.getTime() <= now;
  return {
    id,
    name,
    type: isRaising(row) ? "RISK" : "COMPENSATING",
    status: isOver ? "EXPIRED" : isEnabled ? "ACTIVE" : "DISABLED",
    reason,
    findingsQql,
    assetQql,
    effect: value === null ? { kind: effect } : { kind: effect, value },
    priority,
    isEnabled,
    endDate: endAt?.getTime() ?? null,
    createdBy,
    createdDate: row.createdAt.getTime(),
    updatedDate: row.updatedAt.getTime(),
    isRescoring,
  };
}

function isRaising({ effect, value }: RuleRow): boolean {
  return effect === "INTERNET_FACING" || (value ?? 0) > (effect === "FACTOR" ? 1 : 0);
}
