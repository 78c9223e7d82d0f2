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

/**
 * The state of a detection of one host that was taken for two: open where either is. What was fixed on the one before it
 * was found on the other has come back; what was fixed on it later never was.
 */
export function uniteDetectionStates(one: DetectionState, other: DetectionState): DetectionState {
  const both = [one, other];
  const times = {
    firstDetected: Math.min(one.firstDetected, other.firstDetected),
    lastDetected: Math.max(one.lastDetected, other.lastDetected),
  };
  const open = both.filter(({ status }) => status !== "FIXED");
  if (open.length === 0) return { ...times, status: "FIXED", ...lastChanges(both) };
  const firstOpen = Math.min(...open.map(({ firstDetected }) => firstDetected));
  const fixed = both.filter(({ status, lastFixed }) => status === "FIXED" && (lastFixed ?? 0) < firstOpen);
  const { lastFixed, reopenedAt } = lastChanges([...open, ...fixed]);
  const [{ status }, second] = open as [DetectionState, DetectionState?];
  const opened = second === undefined || second.status === status ? status : "ACTIVE";
  if (fixed.length === 0) return { ...times, status: opened, lastFixed, reopenedAt };
  const since = lastChanges(open).reopenedAt ?? firstOpen;
  return { ...times, status: opened === "NEW" ? "REOPENED" : opened, lastFixed, reopenedAt: since };
}

function lastChanges(states: readonly DetectionState[]): Pick<DetectionState, "lastFixed" | "reopenedAt"> {
  const latest = (times: readonly (number | null)[]) =>
    times.reduce((last, time) => (last === null || (time !== null && time > last) ? time : last), null);
  return {
    lastFixed: latest(states.map((state) => state.lastFixed)),
    reopenedAt: latest(states.map((state) => state.reopenedAt)),
  };
}
