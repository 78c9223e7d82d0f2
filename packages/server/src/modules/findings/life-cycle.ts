import { type Attribution, hear, isNews, type Sighting } from "./attribution.ts";
import {
  type Closing,
  closedBy,
  firstFoundOf,
  firstTold,
  fixedAgain,
  fixedAs,
  fixedBy,
  isOfOneTime,
  lastFoundOf,
} from "./finding-times.ts";

export type FindingStatus = "NEW" | "ACTIVE" | "REOPENED" | "FIXED" | "PROTECTED" | "RETEST";

/** The present state of a finding, with all its attributions. */
export type FindingState = Closing & {
  /** Of one attribution: see {@link shown}. */
  checkId: number;
  severity: number;
  status: FindingStatus;
  /** The earliest and the latest that its sources say: their own dates, else the times of their runs. */
  firstFound: number;
  lastFound: number;
  reopenedAt: number | null;
  /** When somebody asked for a new test; null unless the status is RETEST. */
  retestAt: number | null;
  /** Of what is PROTECTED: runs of one time only have shown it. */
  isOneTime: boolean;
  /** Undefined: as it is stored. */
  category?: string;
  attributions: readonly Attribution[];
};

/** What a source has said about the asset before. */
export type SourceTimes = {
  /** All it still reports was seen then; 0 when only the attributions' own times count. */
  seenAt: number;
  /** Its last complete run: what that did not show was not there. */
  completeAt: number | null;
};

export type Outcome = "new" | "updated" | "reopened" | "fixed" | "unchanged";

export type Transition = {
  next: FindingState;
  outcome: Outcome;
  isStateChanged: boolean;
  /** Attributions to write. */
  changed: readonly Attribution[];
};

/**
 * The state of a finding after a source reported it (etm.md 4; docs/decisions/0024-identity-and-life-cycle.md).
 *
 * A finding is there while any source still reports it, and PROTECTED while all that do call it mitigated. A report older
 * than the source's last complete run fills in history: it moves `firstFound` back but opens nothing. NEW means seen at one
 * time only.
 */
export function observeFinding(known: FindingState | undefined, sighting: Sighting, source: SourceTimes): Transition {
  const { at, connectionId } = sighting;
  const isHistory = source.completeAt !== null && at < source.completeAt;
  const attributions = [...(known?.attributions ?? [])];
  const changed: Attribution[] = [];
  let isContentChanged = false;
  for (const word of sighting.checks) {
    const index = attributions.findIndex((one) => one.connectionId === connectionId && one.checkId === word.checkId);
    const former = attributions[index];
    const next = hear(former, word, { connectionId, at, isHistory, seenAt: source.seenAt });
    if (next === former) continue;
    isContentChanged ||= isNews(former, next);
    changed.push(next);
    if (former) attributions[index] = next;
    else attributions.push(next);
  }
  const isSeen = sighting.checks.some(({ state }) => state !== "fixed");
  if (!known) {
    const next = firstState(attributions, sighting, isHistory && isSeen ? (source.completeAt ?? at) : at);
    return { next, outcome: "new", isStateChanged: true, changed };
  }
  const next = laterState(known, attributions, sighting, isSeen);
  return {
    next,
    outcome: outcomeOf(known, next, isContentChanged),
    isStateChanged:
      isStateDifferent(known, next) ||
      (isTimeKept(known, next, isHistory, changed) && known.lastFound !== next.lastFound),
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
      ? { ...one, isPresent: false, isMitigated: false, lastSeen: Math.max(one.lastSeen, source.seenAt) }
      : one,
  );
  return settle(
    { ...known, ...shown(attributions), lastFound: lastFoundOf(known, attributions), attributions },
    at,
    null,
  );
}

/** Whether all that still report it call it mitigated. */
export function isProtected(attributions: readonly Attribution[]): boolean {
  const present = attributions.filter((one) => one.isPresent);
  return present.length > 0 && present.every((one) => one.isMitigated);
}

/** Whether the next sight of an unchanged asset may change the status: it must look at its findings once more. */
export function isFresh({ status, isOneTime }: FindingState): boolean {
  return ["NEW", "REOPENED", "RETEST"].includes(status) || (status === "PROTECTED" && isOneTime);
}

/**
 * The check whose text and severity stand for the finding: the worst of those that call it open, else of the others. Of
 * equals the first by the source's own id, as in `showTrusted`.
 */
export function shown(attributions: readonly Attribution[]): { checkId: number; severity: number } {
  const present = attributions.filter((one) => one.isPresent);
  const open = present.filter((one) => !one.isMitigated);
  const candidates = [open, present, attributions].find((some) => some.length > 0) ?? attributions;
  const best = candidates.reduce((a, b) => (isShownBefore(b, a) ? b : a));
  return { checkId: best.checkId, severity: best.severity };
}

function isShownBefore(a: Attribution, b: Attribution): boolean {
  if (a.severity !== b.severity) return a.severity > b.severity;
  return a.vendorId === b.vendorId ? a.checkId < b.checkId : a.vendorId < b.vendorId;
}

function firstState(attributions: readonly Attribution[], sighting: Sighting, goneAt: number): FindingState {
  const isThere = attributions.some((one) => one.isPresent);
  const fixed = isThere ? null : fixedBy(sighting);
  return {
    ...shown(attributions),
    status: isProtected(attributions) ? "PROTECTED" : isThere ? "NEW" : "FIXED",
    firstFound: firstFoundOf(attributions),
    lastFound: lastFoundOf(undefined, attributions, sighting),
    ...(isThere ? { lastFixed: null, closedAt: null } : fixedAs(goneAt, fixed)),
    reopenedAt: null,
    retestAt: null,
    isOneTime: true,
    attributions,
  };
}

function laterState(
  known: FindingState,
  attributions: readonly Attribution[],
  sighting: Sighting,
  isSeen: boolean,
): FindingState {
  const { at } = sighting;
  const fixed = fixedBy(sighting);
  const base = {
    ...known,
    ...shown(attributions),
    firstFound: Math.min(known.firstFound, firstFoundOf(attributions)),
    lastFound: lastFoundOf(known, attributions, sighting),
    attributions,
  };
  if (known.status !== "FIXED") return settle({ ...base, ...nextOpen(known, at, isSeen) }, at, fixed);
  if (!attributions.some((one) => one.isPresent)) return { ...base, ...fixedAgain(base, sighting, fixed) };
  const closedAt = closedBy(known);
  const isBack = closedAt === null || at > closedAt;
  if (isBack) return settle({ ...base, status: "REOPENED", reopenedAt: at, isOneTime: false }, at, null);
  // Another source had it all along, as is learned only now: it was never fixed.
  const isOneTime = isOfOneTime(attributions);
  return settle(
    { ...base, status: isOneTime ? "NEW" : "ACTIVE", isOneTime, lastFixed: null, closedAt: null },
    at,
    null,
  );
}

type Standing = Pick<FindingState, "status" | "retestAt" | "isOneTime">;

/** Of what was open before, as if it were not mitigated. */
function nextOpen(known: FindingState, at: number, isSeen: boolean): Standing {
  const { status, reopenedAt, retestAt } = known;
  const first = firstTold(known.attributions);
  const wasOneTime = status === "NEW" || (status === "PROTECTED" && known.isOneTime);
  const isOneTime = wasOneTime && (isSeen ? at === first : at >= first);
  if (status === "RETEST")
    return isSeen && at >= (retestAt ?? 0)
      ? { status: "ACTIVE", retestAt: null, isOneTime }
      : { status, retestAt, isOneTime };
  if (status === "NEW") return { status: isOneTime ? "NEW" : "ACTIVE", retestAt, isOneTime };
  if (!isSeen) return { status, retestAt, isOneTime };
  if (status === "REOPENED") return { status: at > (reopenedAt ?? 0) ? "ACTIVE" : "REOPENED", retestAt, isOneTime };
  if (status === "PROTECTED") {
    const isJustBack = reopenedAt !== null && at <= reopenedAt;
    return { status: isJustBack ? "REOPENED" : isOneTime ? "NEW" : "ACTIVE", retestAt, isOneTime };
  }
  return { status, retestAt, isOneTime };
}

/**
 * The status that follows from who still reports it: nobody, only those that call it mitigated, or others too.
 *
 * @param fixed the date that the source gives, where it says itself that it is gone
 */
function settle(state: FindingState, at: number, fixed: number | null): FindingState {
  const isThere = state.attributions.some((one) => one.isPresent);
  if (!isThere && state.status === "FIXED") return state;
  if (!isThere) return { ...state, status: "FIXED", ...fixedAs(at, fixed), retestAt: null };
  const isCovered = isProtected(state.attributions);
  if (isCovered && state.status !== "RETEST") return { ...state, status: "PROTECTED" };
  // Its last mitigation has gone without a new sight of what is open.
  return !isCovered && state.status === "PROTECTED" ? { ...state, status: "ACTIVE" } : state;
}

function outcomeOf(known: FindingState, next: FindingState, isContentChanged: boolean): Outcome {
  if (known.status === "FIXED" && next.status !== "FIXED") return "reopened";
  if (known.status !== "FIXED" && next.status === "FIXED") return "fixed";
  return isContentChanged ? "updated" : "unchanged";
}

/** Whether the finding's own time is needed: that it was seen again is told by the source's row otherwise. */
function isTimeKept(
  known: FindingState,
  next: FindingState,
  isHistory: boolean,
  changed: readonly Attribution[],
): boolean {
  // An attribution that is written, or closed, no longer tells its time by the source's row alone.
  return isHistory || next.status === "FIXED" || changed.length > 0 || isFresh(known);
}

/** Whether the finding's row has to be written; that it was seen again is told by the source's row. */
function isStateDifferent(a: FindingState, b: FindingState): boolean {
  return (
    a.checkId !== b.checkId ||
    a.severity !== b.severity ||
    a.status !== b.status ||
    a.firstFound !== b.firstFound ||
    a.lastFixed !== b.lastFixed ||
    a.closedAt !== b.closedAt ||
    (b.status === "PROTECTED" && a.isOneTime !== b.isOneTime) ||
    a.reopenedAt !== b.reopenedAt ||
    a.retestAt !== b.retestAt
  );
}
