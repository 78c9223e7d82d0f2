import type { Look } from "@breakwater/domain/presence/index";
import { type Attribution, isNews, lastWord, type Sighting, wasSeen } from "./attribution.ts";
import { type Closing, firstFoundOf, lastFoundOf } from "./finding-times.ts";
import { hear, miss } from "./hear-source.ts";
import { presenceOf } from "./sight-marks.ts";

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
  /** Runs of one time only have shown it since it was there, or back. */
  isOneTime: boolean;
  /** Undefined: as it is stored. */
  category?: string;
  attributions: readonly Attribution[];
};

/** What a source has said about the asset before. */
export type SourceTimes = {
  /** Its last complete run: what that did not show was not there. */
  completeAt: number | null;
  /** Its newest runs that looked at the asset, without the one that tells. */
  looks: readonly Look[];
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
 * than the source's last complete run fills in history and opens nothing. What follows from all reports together, such as when
 * it was fixed and reopened, is the same in whatever order they come.
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
    const next = hear(former, word, { connectionId, at, isHistory, looks: source.looks });
    if (next === former) continue;
    isContentChanged ||= isNews(former, next);
    changed.push(next);
    if (former) attributions[index] = next;
    else attributions.push(next);
  }
  const isSeen = sighting.checks.some(({ state }) => state !== "fixed");
  const next = settle(known, attributions, { sighting, isSeen });
  if (!known) return { next, outcome: "new", isStateChanged: true, changed };
  return {
    next,
    outcome: outcomeOf(known, next, isContentChanged),
    isStateChanged:
      isStateDifferent(known, next) ||
      (isTimeKept(known, next, isHistory, changed) && known.lastFound !== next.lastFound),
    changed,
  };
}

/** What a complete run did not show of a finding. */
export type Silence = {
  connectionId: number;
  checkId: number;
  /** No later run has shown it. */
  isOver: boolean;
};

/**
 * The state after a complete run that did not show some attributions; the same object when that changes nothing.
 *
 * @param at time of that run
 * @param looks of the source, without this one
 */
export function closeAttributions(
  known: FindingState,
  silent: readonly Silence[],
  at: number,
  looks: readonly Look[],
): FindingState {
  const withRun = [...looks, { at, kind: "complete" as const }];
  const attributions = known.attributions.map((one) => {
    const key = silent.find((key) => key.connectionId === one.connectionId && key.checkId === one.checkId);
    return key ? miss(one, at, key.isOver, withRun) : one;
  });
  return attributions.every((one, index) => one === known.attributions[index]) ? known : settle(known, attributions);
}

/** The state by what its attributions tell now. */
export function settleAgain(known: FindingState): FindingState {
  return settle(known, known.attributions);
}

/** Whether all that still report it call it mitigated. */
export function isProtected(attributions: readonly Attribution[]): boolean {
  const present = attributions.filter((one) => one.isPresent);
  return present.length > 0 && present.every((one) => one.isMitigated);
}

/**
 * Whether a late report makes a finding one whose status the next sight changes, while a source reports it that would not look
 * at it for that.
 *
 * @param connectionId of the source that tells, if it looks all the same
 */
export function isStirred(known: FindingState | undefined, next: FindingState, connectionId?: number): boolean {
  if (!known || !isFresh(next) || isFresh(known)) return false;
  return next.attributions.some((one) => one.isPresent && one.connectionId !== connectionId);
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

/** What is known of a finding beside its attributions. */
export type Hint = {
  /** A test was asked for then, and no sight has answered it. */
  retestAt: number | null;
  /** A sight that is not written yet. */
  seenAt: number;
  /** Whether runs of several times are known to have shown it since it was back at that time. */
  isSeenAgain: (reopenedAt: number | null) => boolean;
};

/** What follows from all attributions of a finding together. */
export function conclude(
  attributions: readonly Attribution[],
  { retestAt, seenAt, isSeenAgain }: Hint,
): Omit<FindingState, "firstFound" | "lastFound"> {
  const { since, closed, reopened } = presenceOf(attributions);
  const isThere = attributions.some((one) => one.isPresent);
  const lastSight = Math.max(seenAt, ...attributions.filter(wasSeen).map(lastWord));
  const isOneTime = lastSight <= since && !isSeenAgain(reopened);
  const open = isOneTime ? (reopened === null ? "NEW" : "REOPENED") : "ACTIVE";
  const standing = retestAt !== null ? "RETEST" : isProtected(attributions) ? "PROTECTED" : open;
  // Of what was fixed before looks were remembered nothing tells when.
  const fixed = isThere ? closed : (closed ?? { at: Math.max(...attributions.map(lastWord)), told: null });
  return {
    ...shown(attributions),
    status: isThere ? standing : "FIXED",
    lastFixed: fixed && (fixed.told ?? fixed.at),
    closedAt: fixed?.told != null ? fixed.at : null,
    reopenedAt: reopened,
    retestAt: isThere ? retestAt : null,
    isOneTime,
    attributions,
  };
}

function settle(
  known: FindingState | undefined,
  attributions: readonly Attribution[],
  report?: { sighting: Sighting; isSeen: boolean },
): FindingState {
  const seenAt = report?.isSeen ? report.sighting.at : 0;
  const retestAt = known?.status === "RETEST" ? (known.retestAt ?? 0) : null;
  const isTested = retestAt !== null && seenAt >= retestAt;
  // Sights that a run under way does not write stand in the state alone.
  const wasSeenAgain = known && known.status !== "FIXED" && !known.isOneTime;
  const firstFound = firstFoundOf(attributions);
  return {
    ...known,
    ...conclude(attributions, {
      retestAt: isTested ? null : retestAt,
      seenAt,
      isSeenAgain: (reopenedAt) => isTested || (wasSeenAgain === true && known?.reopenedAt === reopenedAt),
    }),
    firstFound: Math.min(known?.firstFound ?? firstFound, firstFound),
    lastFound: lastFoundOf(known, attributions, report?.sighting),
  };
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
