export type DetectionStatus = "NEW" | "ACTIVE" | "FIXED" | "REOPENED";

/** Where a detection stands. Times are epoch milliseconds. */
export type DetectionState = {
  status: DetectionStatus;
  firstDetected: number;
  lastDetected: number;
  lastFixed: number | null;
  reopenedAt: number | null;
};

/** The state after a host was matched at a time: NEW and REOPENED mean so at one time only. */
export function nextDetectionState(
  known: DetectionState | undefined,
  isPresent: boolean,
  at: number,
): DetectionState | null {
  if (known === undefined) {
    return isPresent ? { status: "NEW", firstDetected: at, lastDetected: at, lastFixed: null, reopenedAt: null } : null;
  }
  if (!isPresent) return known.status === "FIXED" ? known : { ...known, status: "FIXED", lastFixed: at };
  const lastDetected = Math.max(known.lastDetected, at);
  if (known.status === "FIXED") return { ...known, status: "REOPENED", reopenedAt: at, lastDetected };
  const since = known.status === "NEW" ? known.firstDetected : (known.reopenedAt ?? known.firstDetected);
  return { ...known, status: at > since ? "ACTIVE" : known.status, lastDetected };
}
