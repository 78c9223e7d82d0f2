import { type Attribution, shownLast, wasSeen } from "./attribution.ts";
import { closedBy, firstFoundOf, firstTold, isOfOneTime, lastFoundOf } from "./finding-times.ts";
import { type FindingState, isProtected, shown } from "./life-cycle.ts";
import { earlier, later } from "./own-times.ts";

/**
 * The state of a finding of which only some attributions are left, or taken out of another. The whole of it stays as it is;
 * of a part only what its own attributions tell is known.
 *
 * @param attributions not empty; `lastSeen` spelt out, as in `state`
 */
export function partOf(state: FindingState, attributions: readonly Attribution[]): FindingState {
  if (attributions.length === state.attributions.length) return { ...state, attributions };
  const isThere = attributions.some((one) => one.isPresent);
  const isOneTime = isOfOneTime(attributions);
  const open = isProtected(attributions) ? "PROTECTED" : isOneTime && state.lastFixed === null ? "NEW" : "ACTIVE";
  const isKept = isThere && (state.status === "RETEST" || (open === "ACTIVE" && state.status === "REOPENED"));
  return {
    ...shown(attributions),
    status: isThere ? (isKept ? state.status : open) : "FIXED",
    firstFound: firstFoundOf(attributions),
    lastFound: lastFoundOf(undefined, attributions),
    lastFixed: isThere ? state.lastFixed : (state.lastFixed ?? goneAt(attributions)),
    closedAt: state.closedAt,
    reopenedAt: state.reopenedAt,
    retestAt: isKept ? state.retestAt : null,
    isOneTime,
    attributions,
  };
}

/** The state of one finding that turns out to be what two were taken for. Their order changes nothing. */
export function uniteStates(one: FindingState, other: FindingState): FindingState {
  const attributions = uniteAttributions([...one.attributions, ...other.attributions]);
  const both = [one, other] as const;
  const dated = both.filter((state) => state.attributions.some((each) => shownLast(each) !== null));
  // A sight of a run under way stands in the state alone.
  const isOneTime = both.every(({ status }) => !["ACTIVE", "REOPENED"].includes(status)) && isOfOneTime(attributions);
  const times = {
    firstFound: Math.min(one.firstFound, other.firstFound),
    lastFound: dated.length > 0 ? Math.max(...dated.map((state) => state.lastFound)) : firstTold(attributions),
    isOneTime,
  };
  const open = both.filter(({ status }) => status !== "FIXED");
  const state = { ...shown(attributions), ...times, attributions };
  if (open.length === 0) return { ...state, status: "FIXED", ...history(both), retestAt: null };
  const firstOpen = firstTold(open.flatMap((state) => state.attributions));
  const fixed = both.filter((state) => state.status === "FIXED" && (closedBy(state) ?? 0) < firstOpen);
  const past = history([...open, ...fixed]);
  const reopenedAt = fixed.length > 0 ? (past.reopenedAt ?? firstOpen) : past.reopenedAt;
  const retest = open.find(({ status }) => status === "RETEST");
  const isNew = isOneTime && past.lastFixed === null;
  const isBack = open.every(({ status }) => status === "REOPENED" || (status === "NEW" && fixed.length > 0));
  const status = isBack ? "REOPENED" : isNew ? "NEW" : "ACTIVE";
  return {
    ...state,
    status: retest ? "RETEST" : isProtected(attributions) ? "PROTECTED" : status,
    lastFixed: past.lastFixed,
    closedAt: past.closedAt,
    reopenedAt,
    retestAt: retest?.retestAt ?? null,
  };
}

function history(states: readonly FindingState[]): Pick<FindingState, "lastFixed" | "closedAt" | "reopenedAt"> {
  const lastFixed = latest(states.map((one) => one.lastFixed));
  return {
    lastFixed,
    closedAt: latest(states.map((one) => (one.lastFixed === lastFixed ? one.closedAt : null))),
    reopenedAt: latest(states.map((one) => one.reopenedAt)),
  };
}

function latest(times: readonly (number | null)[]): number | null {
  return times.reduce(later, null);
}

function goneAt(attributions: readonly Attribution[]): number {
  return Math.max(...attributions.map((one) => one.goneAt ?? one.lastSeen));
}

/** One attribution for each check of each connection: two of them tell what the later one says, and both times. */
function uniteAttributions(attributions: readonly Attribution[]): Attribution[] {
  const united = new Map<string, Attribution>();
  for (const next of attributions) {
    const key = `${next.connectionId}/${next.checkId}`;
    const known = united.get(key);
    united.set(key, known ? uniteTwo(known, next) : next);
  }
  return [...united.values()];
}

function uniteTwo(a: Attribution, b: Attribution): Attribution {
  const [last, other] = isLater(a, b) ? [a, b] : [b, a];
  const date = later(last.toldLast, shownLast(other));
  const isUndated = last.toldLast === null && wasSeen(last) && (date ?? 0) <= last.lastSeen;
  return {
    ...last,
    firstSeen: Math.min(a.firstSeen, b.firstSeen),
    toldFirst: earlier(a.toldFirst, b.toldFirst),
    toldLast: isUndated ? null : date,
  };
}

function isLater(a: Attribution, b: Attribution): boolean {
  if (wasSeen(a) !== wasSeen(b)) return wasSeen(a);
  if (a.lastSeen !== b.lastSeen) return a.lastSeen > b.lastSeen;
  return a.isPresent;
}
