/** What a source told of a finding at one time, epoch ms: that it is there, that it is not, or nothing. */
export type Event = {
  at: number;
  /** `unknown`: a look of the kind `whole` did not show it, which tells nothing. */
  kind: "seen" | "away" | "unknown";
  /** The source's own date of its fixing. */
  told: number | null;
};

/**
 * A run of a source that looked at an asset, and what follows from it for each finding it does not name.
 *
 * - `complete`: what is there was shown, what is not was not
 * - `whole`: it may have missed something, but showed all that was there by then
 * - `partial`: nothing
 * - `beyond`: runs up to here are not known
 */
export type Look = { at: number; kind: "partial" | "whole" | "complete" | "beyond" };

/** So many of a source's newest looks at an asset are known, and as many marks of each of its findings. */
export const MAX_LOOKS = 32;

/**
 * The events of a source's word on a finding, one for each time, sorted. Those that its looks imply may be missing: a complete
 * look has seen what was there and not what was away.
 */
export type Timeline = readonly Event[];

/**
 * The timeline after a sight; the same object when it tells nothing.
 *
 * @param looks of the source, in any order, without the one that tells
 */
export function addSight(timeline: Timeline, at: number, looks: readonly Look[]): Timeline {
  const known = timeline.find((one) => one.at === at);
  if (known?.kind === "seen" || (timeline.length > 0 && at < horizonOf(looks))) return timeline;
  const wasThere = isThere(timeline, at);
  if (wasThere && !known && looks.some((look) => look.at === at && isShowing(look))) return timeline;
  const added: Event[] = [{ at, kind: "seen", told: null }];
  if (!wasThere) {
    const next = nextOf(timeline, at);
    const closing = firstIn(looks.filter(isProof), at, next);
    if (closing < next) added.push({ at: closing, kind: "away", told: null });
    for (const { at: time, kind } of looks) {
      if (kind === "whole" && time > at && time < Math.min(closing, next))
        added.push({ at: time, kind: "unknown", told: null });
    }
  }
  return join(timeline, added);
}

/**
 * The timeline after a report that it is not there, by silence or by word. Of one time, a sight wins.
 *
 * @param looks may have the one that tells
 * @param told the source's own date
 */
export function addAbsence(timeline: Timeline, at: number, looks: readonly Look[], told: number | null): Timeline {
  const known = timeline.find((one) => one.at === at);
  if (known?.kind === "seen") return timeline;
  if (known?.kind === "away" && (told === null || (known.told ?? 0) >= told)) return timeline;
  if (at < horizonOf(looks) && timeline.some((one) => one.kind === "seen" && one.at > at)) return timeline;
  const wasThere = isThere(timeline, at);
  const isImplied =
    !wasThere && told === null && timeline.length > 0 && looks.some((one) => one.at === at && isProof(one));
  if (isImplied) return timeline;
  const added: Event[] = [{ at, kind: "away", told }];
  if (wasThere) {
    const isSilent = new Set(timeline.flatMap((one) => (one.kind === "unknown" ? [one.at] : [])));
    const next = nextOf(timeline, at);
    const back = firstIn(
      looks.filter((look) => isShowing(look) && !isSilent.has(look.at)),
      at,
      next,
    );
    if (back < next) added.push({ at: back, kind: "seen", told: null });
  }
  return join(timeline, added);
}

/** The events that have to be remembered beside the first one, if that is a sight, and the looks: the newest of them. */
export function toMarks(timeline: Timeline, looks: readonly Look[]): Event[] {
  const horizon = horizonOf(looks);
  const proven = new Set(looks.filter(isProof).map(({ at }) => at));
  const shown = new Set(looks.filter(isShowing).map(({ at }) => at));
  let isNow = false;
  const marks = timeline.filter(({ at, kind, told }, index) => {
    const was = isNow;
    if (kind === "unknown") return was && at >= horizon && shown.has(at);
    isNow = kind === "seen";
    if (was !== isNow) return kind === "away" || index > 0;
    if (kind === "seen") return at >= horizon && !shown.has(at);
    return index === 0 || told !== null || (at >= horizon && !proven.has(at));
  });
  return marks.slice(-MAX_LOOKS);
}

/** The time before which what is known is not judged again. */
export function horizonOf(looks: readonly Look[]): number {
  const beyond = looks.flatMap(({ at, kind }) => (kind === "beyond" ? [at] : []));
  if (looks.length < MAX_LOOKS) return Math.max(Number.NEGATIVE_INFINITY, ...beyond);
  const newest = looks.map(({ at }) => at).sort((a, b) => b - a);
  return Math.max(newest[MAX_LOOKS - 1]!, ...beyond);
}

/** By all events up to that time. */
function isThere(timeline: Timeline, at: number): boolean {
  return timeline.findLast((one) => one.at <= at && one.kind !== "unknown")?.kind === "seen";
}

function nextOf(timeline: Timeline, at: number): number {
  return timeline.find((one) => one.at > at && one.kind !== "unknown")?.at ?? Number.POSITIVE_INFINITY;
}

function firstIn(looks: readonly Look[], after: number, before: number): number {
  return Math.min(Number.POSITIVE_INFINITY, ...looks.map(({ at }) => at).filter((at) => at > after && at < before));
}

/** Its silence tells that something is gone. What is not known may have been such a look. */
function isProof({ kind }: Look): boolean {
  return kind === "complete" || kind === "beyond";
}

/** It showed what was there. */
function isShowing({ kind }: Look): boolean {
  return kind === "complete" || kind === "whole";
}

/** Later words replace those of the same time. */
function join(timeline: Timeline, added: readonly Event[]): Timeline {
  const events = new Map([...timeline, ...added].map((one) => [one.at, one]));
  return [...events.values()].sort((a, b) => a.at - b.at);
}
