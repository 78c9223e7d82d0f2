import type { DayRow } from "./store.ts";

/** A day as the API shows it. */
export function toTrendDay({ day, counts }: DayRow) {
  if (!counts) return { day, snapshot: null };
  const { assets, remediated, severities } = counts;
  const snapshot = {
    takenAt: counts.takenAt,
    assets,
    averageTruRisk: assets === 0 ? null : Math.round((100 * counts.riskSum) / assets) / 100,
    findingsByStatus: counts.statuses,
    openBySeverity: Object.fromEntries(severities.map((count, index) => [index + 1, count])),
    openByBand: counts.bands,
    openAccepted: counts.accepted,
    found: counts.found,
    fixed: counts.fixed,
    remediated,
    meanTimeToRemediateSec: remediated === 0 ? null : Math.round(counts.remediatedSec / remediated),
  };
  return { day, snapshot };
}
