/** A source's own word on a finding: one check of one connection. Times are epoch ms. */
export type Attribution = {
  connectionId: number;
  checkId: number;
  isPresent: boolean;
  firstSeen: number;
  /** While present, the source's {@link SourceTimes.seenAt} counts too when it is later. */
  lastSeen: number;
  severity: number;
  evidence: string;
};

export type FindingStatus = "NEW" | "ACTIVE" | "REOPENED" | "FIXED" | "PROTECTED" | "RETEST";

/** The present state of a finding, with all its attributions. */
export type FindingState = {
  /** Of the attributions present (or of all, when none is), the one of highest severity, then of lowest id. */
  checkId: number;
  severity: number;
  status: FindingStatus;
  firstFound: number;
  lastFound: number;
  lastFixed: number | null;
  reopenedAt: number | null;
  attributions: readonly Attribution[];
};

/** What a source has said about the asset before. */
export type SourceTimes = {
  /** All it still reports was seen then; 0 when only the attributions' own times count. */
  seenAt: number;
  /** Its last complete run: what that did not show was not there. */
  completeAt: number | null;
};

/** One report of a finding by a source: the checks that saw it. */
export type Sighting = {
  connectionId: number;
  at: number;
  checks: readonly { checkId: number; severity: number; evidence: string }[];
};

export type Outcome = "new" | "updated" | "reopened" | "unchanged";

export type Transition = {
  next: FindingState;
  outcome: Outcome;
  isStateChanged: boolean;
  /** Attributions to write. */
  changed: readonly Attribution[];
};

/**
 * The state of a finding after a source reported it (etm.md 4).
 *
 * A finding is open while any source still reports it. A report older than the source's last complete run fills in
 * history: it moves `firstFound` back but opens nothing. NEW means seen at one time only.
 */
export function observeFinding(known: FindingState | undefined, sighting: Sighting, source: SourceTimes): Transition {
  const { at, connectionId } = sighting;
  const isHistory = source.completeAt !== null && at < source.completeAt;
  const attributions = [...(known?.attributions ?? [])];
  const changed: Attribution[] = [];
  let isContentChanged = false;
  for (const check of sighting.checks) {
    const index = attributions.findIndex((one) => one.connectionId === connectionId && one.checkId === check.checkId);
    const former = attributions[index];
    const next = attribute(former, { connectionId, ...check }, at, isHistory, source.seenAt);
    if (next === former) continue;
    isContentChanged ||= isNews(former, next);
    changed.push(next);
    if (former) attributions[index] = next;
    else attributions.push(next);
  }
  if (!known) {
    const next = firstState(attributions, at, isHistory ? source.completeAt : null);
    return { next, outcome: "new", isStateChanged: true, changed };
  }
  const next = laterState(known, attributions, at);
  const isReopened = known.status === "FIXED" && next.status !== "FIXED";
  return {
    next,
    outcome: isReopened ? "reopened" : isContentChanged ? "updated" : "unchanged",
    // An attribution that is written, or closed, no longer tells its time by the source's row alone.
    isStateChanged:
      isStateDifferent(known, next) ||
      ((isHistory || next.status === "FIXED" || changed.length > 0) && next.lastFound !== known.lastFound),
    changed,
  };
}

/**
 * The state after some attributions have fallen silent.
 *
 * @param silent what a complete run did not show any more; their last word is at least `source.seenAt`
 * @param at time of that run
 */
export function closeAttributions(
  known: FindingState,
  silent: readonly { connectionId: number; checkId: number }[],
  source: SourceTimes,
  at: number,
): FindingState {
  const attributions = known.attributions.map((one) =>
    one.isPresent && silent.some((key) => key.connectionId === one.connectionId && key.checkId === one.checkId)
      ? { ...one, isPresent: false, lastSeen: Math.max(one.lastSeen, source.seenAt) }
      : one,
  );
  const lastFound = Math.max(known.lastFound, ...attributions.map((one) => (one.isPresent ? 0 : one.lastSeen)));
  const isClosed = known.status !== "FIXED" && !attributions.some((one) => one.isPresent);
  return {
    ...known,
    ...shown(attributions),
    ...(isClosed ? { status: "FIXED", lastFixed: at } : {}),
    lastFound,
    attributions,
  };
}

function attribute(
  former: Attribution | undefined,
  seen: { connectionId: number; checkId: number; severity: number; evidence: string },
  at: number,
  isHistory: boolean,
  seenAt: number,
): Attribution {
  if (!former) return { ...seen, isPresent: !isHistory, firstSeen: at, lastSeen: at };
  const lastWord = former.isPresent ? Math.max(former.lastSeen, seenAt) : former.lastSeen;
  const isNewer = at >= lastWord;
  const next = {
    ...former,
    isPresent: former.isPresent || !isHistory,
    firstSeen: Math.min(former.firstSeen, at),
    severity: isNewer ? seen.severity : former.severity,
    evidence: isNewer ? seen.evidence : former.evidence,
  };
  const isSame =
    next.isPresent === former.isPresent &&
    next.firstSeen === former.firstSeen &&
    next.severity === former.severity &&
    next.evidence === former.evidence &&
    (next.isPresent || at <= former.lastSeen);
  // Of what is present the time alone is not worth a row: the end of the run tells it for the whole asset.
  return isSame ? former : { ...next, lastSeen: Math.max(former.lastSeen, at) };
}

/** Whether more than presence changed. */
function isNews(former: Attribution | undefined, next: Attribution): boolean {
  return (
    !former ||
    former.severity !== next.severity ||
    former.evidence !== next.evidence ||
    former.firstSeen !== next.firstSeen ||
    former.isPresent !== next.isPresent
  );
}

function firstState(attributions: readonly Attribution[], at: number, goneAt: number | null): FindingState {
  return {
    ...shown(attributions),
    status: goneAt === null ? "NEW" : "FIXED",
    firstFound: at,
    lastFound: at,
    lastFixed: goneAt,
    reopenedAt: null,
    attributions,
  };
}

function laterState(known: FindingState, attributions: readonly Attribution[], at: number): FindingState {
  const base = {
    ...known,
    ...shown(attributions),
    firstFound: Math.min(known.firstFound, at),
    lastFound: Math.max(known.lastFound, at),
    attributions,
  };
  if (known.status !== "FIXED") return { ...base, status: nextOpenStatus(known, at) };
  if (!attributions.some((one) => one.isPresent)) return base;
  if (known.lastFixed === null || at > known.lastFixed) return { ...base, status: "REOPENED", reopenedAt: at };
  // Another source had it all along, as is learned only now: it was never fixed.
  return { ...base, status: base.firstFound < base.lastFound ? "ACTIVE" : "NEW", lastFixed: null };
}

function nextOpenStatus(known: FindingState, at: number): FindingStatus {
  if (known.status === "NEW") return at === known.firstFound ? "NEW" : "ACTIVE";
  if (known.status === "REOPENED") return at > (known.reopenedAt ?? 0) ? "ACTIVE" : "REOPENED";
  return known.status;
}

/** The check whose text and severity stand for the finding. */
function shown(attributions: readonly Attribution[]): { checkId: number; severity: number } {
  const present = attributions.filter((one) => one.isPresent);
  const candidates = present.length > 0 ? present : attributions;
  const best = candidates.reduce((a, b) =>
    b.severity > a.severity || (b.severity === a.severity && b.checkId < a.checkId) ? b : a,
  );
  return { checkId: best.checkId, severity: best.severity };
}

/** Whether the finding's row has to be written; that it was seen again is told by the source's row. */
function isStateDifferent(a: FindingState, b: FindingState): boolean {
  return (
    a.checkId !== b.checkId ||
    a.severity !== b.severity ||
    a.status !== b.status ||
    a.firstFound !== b.firstFound ||
    a.lastFixed !== b.lastFixed ||
    a.reopenedAt !== b.reopenedAt
  );
}
