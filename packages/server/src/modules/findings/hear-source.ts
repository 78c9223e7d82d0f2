import { addAbsence, addSight, type Look, type Timeline } from "@breakwater/domain/presence/index";
import { type Attribution, isNews, lastWord, type Word, wasSeen } from "./attribution.ts";
import { earlier, later } from "./own-times.ts";
import { marksOf, timelineOf } from "./sight-marks.ts";

/** When a source was heard, and what it had said before. */
type Hearing = {
  connectionId: number;
  at: number;
  isHistory: boolean;
  /** Runs of the source that looked at the asset, without this one. */
  looks: readonly Look[];
};

/** An attribution after its source has told of it; the same object when nothing has to be written. */
export function hear(former: Attribution | undefined, word: Word, hearing: Hearing): Attribution {
  return word.state === "fixed" ? hearGone(former, word, hearing) : see(former, word, hearing);
}

/**
 * An attribution that a complete run did not show.
 *
 * @param isOver false: a later run has shown it, so that it was away for a time at most
 * @param looks of the source, with this run
 */
export function miss(former: Attribution, at: number, isOver: boolean, looks: readonly Look[]): Attribution {
  const timeline = timelineOf(former);
  const missed = addAbsence(timeline, at, looks, null);
  const marks = missed === timeline ? former.marks : marksOf(former, missed, looks);
  if (isOver && former.isPresent)
    return { ...former, isPresent: false, isMitigated: false, lastSeen: lastWord(former), marks };
  return missed === timeline ? former : { ...former, marks };
}

function see(former: Attribution | undefined, word: Word, hearing: Hearing): Attribution {
  const { connectionId, at, isHistory, looks } = hearing;
  const { checkId, vendorId, severity, evidence, isAliased = false, times: own, remarks = null } = word;
  const isMitigated = word.state === "mitigated";
  if (!former) {
    const isPresent = !isHistory;
    const told = { toldFirst: own?.first ?? null, toldLast: own?.last ?? null };
    const times = { firstSeen: at, lastSeen: at, seenAt: 0, ...told, goneAt: null, marks: null };
    const next = {
      connectionId,
      checkId,
      vendorId,
      isPresent,
      isMitigated: isPresent && isMitigated,
      isAliased,
      ...times,
      severity,
      evidence,
      remarks,
    };
    return looks.length === 0 ? next : remember(next, addSight([], at, looks), hearing);
  }
  const isFirstSight = !wasSeen(former);
  const isNewer = isFirstSight || at >= lastWord(former);
  const isGoneSince = former.goneAt !== null && at < former.goneAt;
  const isPresent = former.isPresent || (!isHistory && !isGoneSince);
  const next = {
    ...former,
    isPresent,
    isAliased: former.isAliased && isAliased,
    isMitigated: isPresent && (isNewer ? isMitigated : former.isMitigated),
    firstSeen: Math.min(former.firstSeen, at),
    lastSeen: isFirstSight ? at : Math.max(former.lastSeen, at),
    toldFirst: earlier(former.toldFirst, own?.first ?? null),
    toldLast: lastAfterSight(former, own?.last ?? null, at),
    goneAt: isGoneSince ? former.goneAt : null,
    severity: isNewer ? severity : former.severity,
    evidence: isNewer ? evidence : former.evidence,
    remarks: isNewer ? remarks : former.remarks,
  };
  const isSame = !isFirstSight && isSameWord(former, next) && next.isAliased === former.isAliased;
  // Of what is present the time alone is not worth a row: the end of the run tells it for the whole asset.
  if (isSame && former.isPresent && at > lastWord(former) && !isLate(hearing)) return former;
  const timeline = timelineOf(former);
  const seen = addSight(timeline, at, looks);
  return isSame && seen === timeline ? former : remember(next, seen, hearing);
}

/** Whether the source is known to have looked later: what the run tells is then told by nothing but marks. */
function isLate({ at, looks }: Hearing): boolean {
  return looks.some((look) => look.at > at);
}

function remember(next: Attribution, timeline: Timeline, hearing: Hearing): Attribution {
  const { at, looks } = hearing;
  const known = isLate(hearing) ? looks : [...looks, { at, kind: "whole" as const }];
  return { ...next, marks: marksOf(next, timeline, known) };
}

/**
 * {@link Attribution.toldLast} after a sight. Without a date of its own the newest sight's run is the last, or there is a
 * date told later that is later.
 */
function lastAfterSight(former: Attribution, own: number | null, at: number): number | null {
  const known = wasSeen(former) ? lastWord(former) : null;
  const isUndated = known !== null && former.toldLast === null;
  if (isUndated && at <= known) return null;
  if (known !== null && at < known) return later(former.toldLast, own ?? at);
  const last = former.toldLast ?? known;
  if (own === null) return last !== null && last > at ? last : null;
  return later(last, own);
}

/** Takes a source's own word that it is gone: unless it was seen later. */
function hearGone(former: Attribution | undefined, word: Word, hearing: Hearing): Attribution {
  const { connectionId, at, looks } = hearing;
  const { checkId, vendorId, severity, evidence, isAliased = false, times: own, remarks = null } = word;
  const told = { severity, evidence, remarks, lastSeen: at, goneAt: at };
  const [toldFirst, ownLast] = [own?.first ?? null, own?.last ?? null];
  const timeline = former ? timelineOf(former) : [];
  const gone = addAbsence(timeline, at, looks, own?.fixed ?? null);
  if (!former) {
    const times = { firstSeen: at, toldFirst, toldLast: ownLast, seenAt: 0, marks: null, ...told };
    const next = { connectionId, checkId, vendorId, isPresent: false, isMitigated: false, isAliased, ...times };
    return remember(next, gone, hearing);
  }
  const isLater = at > (former.goneAt ?? 0);
  const last = wasSeen(former) ? lastWord(former) : null;
  const knownLast = former.toldLast ?? last;
  const next = {
    ...former,
    firstSeen: Math.min(former.firstSeen, at),
    toldFirst: earlier(former.toldFirst, toldFirst),
    toldLast: ownLast !== null && (knownLast === null || ownLast > knownLast) ? ownLast : former.toldLast,
  };
  if (last === null) Object.assign(next, isLater ? told : {});
  else if (at > last && (former.isPresent || isLater))
    Object.assign(next, { isPresent: false, isMitigated: false, lastSeen: last, goneAt: at });
  const isSame = gone === timeline && isSameWord(former, next) && next.lastSeen === former.lastSeen;
  return isSame ? former : remember(next, gone, hearing);
}

/** Whether they differ in `lastSeen` and the rule at most. */
function isSameWord(a: Attribution, b: Attribution): boolean {
  return (
    !isNews(a, b) &&
    a.goneAt === b.goneAt &&
    a.firstSeen === b.firstSeen &&
    a.toldFirst === b.toldFirst &&
    a.toldLast === b.toldLast
  );
}
