import type { Event, Timeline } from "./timeline.ts";

/** What one source tells of a finding under one of its checks. */
export type Teller = { source: number; timeline: Timeline };

/** When a finding was there, by all that tell of it: epoch ms. */
export type Presence = {
  /** Since when it is there, or was last; when it was told first, if nobody ever saw it. */
  since: number;
  /** Since when it was away last, and the date that a source gives to that. Null: never. */
  closed: { at: number; told: number | null } | null;
  /** When it was back last. */
  reopened: number | null;
};

/** A finding is there while any of its tellers says so. */
export function foldPresence(tellers: readonly Teller[]): Presence {
  let presence: Presence | undefined;
  for (const { at, was, is, told, isOnly } of steps(tellers)) {
    if (!presence) {
      presence = { since: at, closed: is ? null : { at, told }, reopened: null };
    } else if (is && !was) {
      presence = { ...presence, since: at, reopened: at };
    } else if (was && !is) {
      presence = { ...presence, closed: { at, told } };
    } else if (!is && told !== null && isOnly) {
      // What is fixed stays so: the one source that told of it may give it a date, or a later one.
      presence = {
        ...presence,
        closed: { at: presence.closed!.at, told: Math.max(presence.closed!.told ?? told, told) },
      };
    }
  }
  return presence ?? { since: 0, closed: null, reopened: null };
}

/** The timeline of what two tellers say who turn out to be one. */
export function uniteTimelines(a: Timeline, b: Timeline): Timeline {
  const both = [a, b].map((timeline) => ({ source: 0, timeline }));
  const united: Event[] = [];
  for (const { at, was, is, told } of steps(both)) {
    const isEvent = is !== was || united.length === 0 || (!is && told !== null);
    if (isEvent) united.push({ at, kind: is ? "seen" : "away", told: is ? null : told });
  }
  return united;
}

type Step = {
  at: number;
  was: boolean;
  is: boolean;
  /** The latest date given to its fixing at that time. */
  told: number | null;
  /** Whether only one source has told of it so far. */
  isOnly: boolean;
};

function* steps(tellers: readonly Teller[]): Generator<Step> {
  const all = tellers.flatMap(({ source, timeline }, teller) =>
    timeline.map((event) => ({ ...event, source, teller })),
  );
  const there = new Set<number>();
  const sources = new Set<number>();
  for (const [at, events] of Map.groupBy(
    all.sort((a, b) => a.at - b.at),
    (one) => one.at,
  )) {
    const was = there.size > 0;
    let told: number | null = null;
    for (const { kind, teller, source, told: date } of events) {
      sources.add(source);
      if (kind === "seen") there.add(teller);
      else if (kind === "away") there.delete(teller);
      if (date !== null) told = Math.max(told ?? date, date);
    }
    yield { at, was, is: there.size > 0, told, isOnly: sources.size === 1 };
  }
}
