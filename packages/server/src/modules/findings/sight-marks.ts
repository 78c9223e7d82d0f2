import {
  type Event,
  foldPresence,
  type Look,
  type Presence,
  type Timeline,
  toMarks,
} from "@breakwater/domain/presence/index";
import { type Attribution, lastWord, wasSeen } from "./attribution.ts";

/** {@link Attribution.marks}: times, epoch ms. */
export type Marks = {
  seen?: number[];
  away?: number[];
  unknown?: number[];
  /** Of times in `away`, the source's own dates. */
  told?: [away: number, date: number][];
};

const KINDS = ["seen", "away", "unknown"] as const;

/** What a source's word on a finding has been at which time. */
export function timelineOf(one: Attribution): Timeline {
  const { marks, firstSeen, lastSeen, goneAt } = one;
  const events = new Map<number, Event>();
  const told = new Map(marks?.told);
  const add = (at: number, kind: Event["kind"]) => {
    if (!events.has(at)) events.set(at, { at, kind, told: kind === "away" ? (told.get(at) ?? null) : null });
  };
  for (const kind of KINDS) for (const at of marks?.[kind] ?? []) add(at, kind);
  const kind = wasSeen(one) ? "seen" : "away";
  for (const at of [firstSeen, lastSeen, lastWord(one)]) add(at, kind);
  if (goneAt !== null) add(goneAt, "away");
  return [...events.values()].sort((a, b) => a.at - b.at);
}

/**
 * What is kept of a timeline.
 *
 * @param looks of the source, with the one that tells unless it is late: nothing else tells of it then
 */
export function marksOf(one: Attribution, timeline: Timeline, looks: readonly Look[]): Marks | null {
  const events = toMarks(timeline, looks);
  const isFirstWord = events.every(({ at, kind, told }) => kind === "away" && told === null && at === one.firstSeen);
  if (isFirstWord && (events.length === 0 || !wasSeen(one))) return null;
  const marks: Marks = {};
  for (const { at, kind, told } of events) {
    marks[kind] = [...(marks[kind] ?? []), at];
    if (told !== null) marks.told = [...(marks.told ?? []), [at, told]];
  }
  return marks;
}

/** When the finding was there, by all its attributions. */
export function presenceOf(attributions: readonly Attribution[]): Presence {
  const isPlain = attributions.every((one) => one.isPresent && one.marks === null);
  if (isPlain) return { since: Math.min(...attributions.map((one) => one.firstSeen)), closed: null, reopened: null };
  return foldPresence(attributions.map((one) => ({ source: one.connectionId, timeline: timelineOf(one) })));
}
