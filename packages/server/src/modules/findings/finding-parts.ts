import { type Attribution, wasSeen } from "./attribution.ts";
import { type FindingState, isProtected, shown } from "./life-cycle.ts";

/**
 * The state of a finding of which only some attributions are left, or taken out of another. The whole of it stays as it is;
 * of a part only what its own attributions tell is known.
 *
 * @param attributions not empty; `lastSeen` spelt out, as in `state`
 */
export function partOf(state: FindingState, attributions: readonly Attribution[]): FindingState {
  if (attributions.length === state.attributions.length) return { ...state, attributions };
  const seen = attributions.filter(wasSeen);
  const told = seen.length > 0 ? seen : attributions;
  const firstFound = Math.min(...attributions.map((one) => one.firstSeen));
  const lastFound = Math.max(...told.map((one) => one.lastSeen));
  const isThere = attributions.some((one) => one.isPresent);
  const isOneTime = firstFound === lastFound;
  const open = isProtected(attributions) ? "PROTECTED" : isOneTime && state.lastFixed === null ? "NEW" : "ACTIVE";
  const isKept = isThere && (state.status === "RETEST" || (open === "ACTIVE" && state.status === "REOPENED"));
  return {
    ...shown(attributions),
    status: isThere ? (isKept ? state.status : open) : "FIXED",
    firstFound,
    lastFound,
    lastFixed: isThere ? state.lastFixed : (state.lastFixed ?? goneAt(attributions)),
    reopenedAt: state.reopenedAt,
    retestAt: isKept ? state.retestAt : null,
    attributions,
  };
}

/** The state of one finding that turns out to be what two were taken for. Their order changes nothing. */
export function uniteStates(one: FindingState, other: FindingState): FindingState {
  const attributions = uniteAttributions([...one.attributions, ...other.attributions]);
  const both = [one, other] as const;
  const bySight = both.filter((state) => state.attributions.some(wasSeen));
  const times = {
    firstFound: Math.min(one.firstFound, other.firstFound),
    lastFound: Math.max(...(bySight.length > 0 ? bySight : both).map((state) => state.lastFound)),
  };
  const open = both.filter(({ status }) => status !== "FIXED");
  const state = { ...shown(attributions), ...times, attributions };
  if (open.length === 0) return { ...state, status: "FIXED", ...history(both), retestAt: null };
  const firstOpen = Math.min(...open.map(({ firstFound }) => firstFound));
  const fixed = both.filter(({ status, lastFixed }) => status === "FIXED" && (lastFixed ?? 0) < firstOpen);
  const past = history([...open, ...fixed]);
  const reopenedAt = fixed.length > 0 ? (past.reopenedAt ?? firstOpen) : past.reopenedAt;
  const retest = open.find(({ status }) => status === "RETEST");
  const isOneTime = times.firstFound === times.lastFound && past.lastFixed === null;
  const isBack = open.every(({ status }) => status === "REOPENED" || (status === "NEW" && fixed.length > 0));
  const status = isBack ? "REOPENED" : isOneTime ? "NEW" : "ACTIVE";
  return {
    ...state,
    status: retest ? "RETEST" : isProtected(attributions) ? "PROTECTED" : status,
    lastFixed: past.lastFixed,
    reopenedAt,
    retestAt: retest?.retestAt ?? null,
  };
}

function history(states: readonly FindingState[]): { lastFixed: number | null; reopenedAt: number | null } {
  return {
    lastFixed: latest(states.map((one) => one.lastFixed)),
    reopenedAt: latest(states.map((one) => one.reopenedAt)),
  };
}

function latest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length > 0 ? Math.max(...known) : null;
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
  const later = isLater(a, b) ? a : b;
  return { ...later, firstSeen: Math.min(a.firstSeen, b.firstSeen) };
}

function isLater(a: Attribution, b: Attribution): boolean {
  if (wasSeen(a) !== wasSeen(b)) return wasSeen(a);
  if (a.lastSeen !== b.lastSeen) return a.lastSeen > b.lastSeen;
  return a.isPresent;
}
