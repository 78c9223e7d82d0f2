import { Type } from "typebox";

const Count = Type.Integer();
const Maybe = { since: Type.Union([Count, Type.Null()]), average: Type.Union([Type.Number(), Type.Null()]) };

/** What a day looked like when it was looked at. */
export const DaySnapshot = Type.Object({
  takenAt: Type.Integer({ description: "Epoch milliseconds" }),
  assets: Count,
  averageTruRisk: Maybe.average,
  findingsByStatus: Type.Object({
    NEW: Count,
    ACTIVE: Count,
    REOPENED: Count,
    FIXED: Count,
    PROTECTED: Count,
    RETEST: Count,
  }),
  openBySeverity: Type.Object({ 1: Count, 2: Count, 3: Count, 4: Count, 5: Count }),
  openByBand: Type.Object(
    { CRITICAL: Count, HIGH: Count, MEDIUM: Count, LOW: Count },
    { description: "Open findings that count towards scores: those whose risk is accepted do not" },
  ),
  openAccepted: Count,
  found: Maybe.since,
  fixed: Maybe.since,
  remediated: Type.Integer({ description: "Findings fixed in the last 30 days" }),
  meanTimeToRemediateSec: Maybe.average,
});

export const TrendDay = Type.Object({
  day: Type.String({ format: "date", description: "In UTC" }),
  snapshot: Type.Union([DaySnapshot, Type.Null()], { description: "null: nobody looked that day" }),
});
