import { uniteTimelines } from "@breakwater/domain/presence/index";
import { type Attribution, shownLast, wasSeen } from "./attribution.ts";
import { firstFoundOf, firstTold, lastFoundOf } from "./finding-times.ts";
import { conclude, type FindingState } from "./life-cycle.ts";
import { earlier, later } from "./own-times.ts";
import { marksOf, timelineOf } from "./sight-marks.ts";

/**
 * The state of a finding of which only some attributions are left, or taken out of another. The whole of it stays as it is;
 * of a part only what its own attributions tell is known.
 *
 * @param attributions not empty; `lastSeen` spelt out, as in `state`
 */
export function partOf(state: FindingState, attributions: readonly Attribution[]): FindingState {
  if (attributions.length === state.attributions.length) return { ...state, attributions };
  return {
    ...conclude(attributions, { retestAt: retestOf([state]), seenAt: 0, isSeenAgain: () => false }),
    firstFound: firstFoundOf(attributions),
    lastFound: lastFoundOf(undefined, attributions),
  };
}

/** The state of one finding that turns out to be what two were taken for. Their order changes nothing. */
export function uniteStates(one: FindingState, other: FindingState): FindingState {
  const attributions = uniteAttributions([...one.attributions, ...other.attributions]);
  const both = [one, other] as const;
  const dated = both.filter((state) => state.attributions.some((each) => shownLast(each) !== null));
  // A sight of a run under way stands in the state alone.
  const isSeenAgain = both.some(({ status, isOneTime }) => status !== "FIXED" && !isOneTime);
  return {
    ...conclude(attributions, { retestAt: retestOf(both), seenAt: 0, isSeenAgain: () => isSeenAgain }),
    firstFound: Math.min(one.firstFound, other.firstFound),
    lastFound: dated.length > 0 ? Math.max(...dated.map((state) => state.lastFound)) : firstTold(attributions),
  };
}

/** Of the first one that somebody wants to be tested again. */
function retestOf(states: readonly FindingState[]): number | null {
  return states.find(({ status }) => status === "RETEST")?.retestAt ?? null;
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
  const united = {
    ...last,
    firstSeen: Math.min(a.firstSeen, b.firstSeen),
    toldFirst: earlier(a.toldFirst, b.toldFirst),
    toldLast: isUndated ? null : date,
  };
  const isPlain = (one: Attribution) => one.isPresent && one.marks === null;
  if (isPlain(a) && isPlain(b)) return united;
  return { ...united, marks: marksOf(united, uniteTimelines(timelineOf(a), timelineOf(b)), []) };
}

function isLater(a: Attribution, b: Attribution): boolean {
  if (wasSeen(a) !== wasSeen(b)) return wasSeen(a);
  if (a.lastSeen !== b.lastSeen) return a.lastSeen > b.lastSeen;
  return a.isPresent;
}
