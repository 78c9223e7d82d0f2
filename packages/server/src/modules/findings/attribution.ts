import { earlier, later, type OwnTimes } from "./own-times.ts";
import { isSameRemarks, type Remarks } from "./remarks.ts";

/** A source's own word on a finding: one check of one connection. Times are epoch ms. */
export type Attribution = {
  connectionId: number;
  checkId: number;
  /** The source's own id of the check: unlike ours it tells nothing of what was imported first. */
  vendorId: string;
  isPresent: boolean;
  /** While present: the source says that something stands before it. */
  isMitigated: boolean;
  /** The check's own CVE did not key it, but a name that may become another (`check_definition.issue`). */
  isAliased: boolean;
  /** Time of the first run that told of it. */
  firstSeen: number;
  /** Time of the last run that showed it. While present, the source's {@link SourceTimes.seenAt} counts too when it is later. */
  lastSeen: number;
  /** The earliest date that the source itself gave to its first sight. */
  toldFirst: number | null;
  /** When it was seen last, where that is the source's own word: its runs' times do not count then. */
  toldLast: number | null;
  /** The source said itself that it is gone, after its last sight. Equal to `lastSeen`: it never showed it. */
  goneAt: number | null;
  severity: number;
  evidence: string;
  remarks: Remarks | null;
};

/** What a check said of a finding; without `state` it is open. */
export type Word = {
  checkId: number;
  vendorId: string;
  severity: number;
  evidence: string;
  state?: "fixed" | "mitigated" | undefined;
  isAliased?: boolean;
  times?: OwnTimes | undefined;
  remarks?: Remarks | undefined;
};

/** One report of a finding by a source: the checks that told of it. */
export type Sighting = { connectionId: number; at: number; checks: readonly Word[] };

/** When a source was heard, and what it had said before. */
type Hearing = { connectionId: number; at: number; isHistory: boolean; seenAt: number };

/** An attribution after its source has told of it; the same object when nothing has to be written. */
export function hear(former: Attribution | undefined, word: Word, hearing: Hearing): Attribution {
  return word.state === "fixed" ? hearGone(former, word, hearing) : see(former, word, hearing);
}

/** When the source says that it saw it first. */
export function shownFirst({ firstSeen, toldFirst }: Attribution): number {
  return Math.min(firstSeen, toldFirst ?? firstSeen);
}

/** When it was seen last, by the source's dates or its runs' times; null when there is neither. As for `lastSeen`, seenAt counts too. */
export function shownLast(one: Attribution): number | null {
  return one.toldLast ?? (wasSeen(one) ? one.lastSeen : null);
}

/** Whether a source ever showed it, rather than only saying that it is gone. */
export function wasSeen({ isPresent, goneAt, lastSeen }: Attribution): boolean {
  return isPresent || goneAt !== lastSeen;
}

function see(
  former: Attribution | undefined,
  word: Word,
  { connectionId, at, isHistory, seenAt }: Hearing,
): Attribution {
  const { checkId, vendorId, severity, evidence, isAliased = false, times: own, remarks = null } = word;
  const isMitigated = word.state === "mitigated";
  if (!former) {
    const isPresent = !isHistory;
    const told = { toldFirst: own?.first ?? null, toldLast: own?.last ?? null };
    const times = { firstSeen: at, lastSeen: at, ...told, goneAt: null };
    return {
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
  }
  const isFirstSight = !wasSeen(former);
  const isNewer = isFirstSight || at >= lastWord(former, seenAt);
  const isGoneSince = former.goneAt !== null && at < former.goneAt;
  const isPresent = former.isPresent || (!isHistory && !isGoneSince);
  const next = {
    ...former,
    isPresent,
    isAliased: former.isAliased && isAliased,
    isMitigated: isPresent && (isNewer ? isMitigated : former.isMitigated),
    firstSeen: Math.min(former.firstSeen, at),
    toldFirst: earlier(former.toldFirst, own?.first ?? null),
    toldLast: lastAfterSight(former, own?.last ?? null, at, seenAt),
    goneAt: isGoneSince ? former.goneAt : null,
    severity: isNewer ? severity : former.severity,
    evidence: isNewer ? evidence : former.evidence,
    remarks: isNewer ? remarks : former.remarks,
  };
  if (isFirstSight) return { ...next, lastSeen: at };
  // Of what is present the time alone is not worth a row: the end of the run tells it for the whole asset.
  const isSame =
    isSameWord(former, next) && next.isAliased === former.isAliased && (isPresent || at <= former.lastSeen);
  return isSame ? former : { ...next, lastSeen: Math.max(former.lastSeen, at) };
}

/**
 * {@link Attribution.toldLast} after a sight. Without a date of its own the newest sight's run is the last, or there is a
 * date told later that is later.
 */
function lastAfterSight(former: Attribution, own: number | null, at: number, seenAt: number): number | null {
  const known = wasSeen(former) ? lastWord(former, seenAt) : null;
  const isUndated = known !== null && former.toldLast === null;
  if (isUndated && at <= known) return null;
  if (known !== null && at < known) return later(former.toldLast, own ?? at);
  const last = former.toldLast ?? known;
  if (own === null) return last !== null && last > at ? last : null;
  return later(last, own);
}

/** Takes a source's own word that it is gone: unless it was seen later. */
function hearGone(former: Attribution | undefined, word: Word, { connectionId, at, seenAt }: Hearing): Attribution {
  const { checkId, vendorId, severity, evidence, isAliased = false, times: own, remarks = null } = word;
  const told = { severity, evidence, remarks, lastSeen: at, goneAt: at };
  const [toldFirst, ownLast] = [own?.first ?? null, own?.last ?? null];
  if (!former) {
    const times = { firstSeen: at, toldFirst, toldLast: ownLast, ...told };
    return { connectionId, checkId, vendorId, isPresent: false, isMitigated: false, isAliased, ...times };
  }
  const isLater = at > (former.goneAt ?? 0);
  const last = wasSeen(former) ? lastWord(former, seenAt) : null;
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
  return isSameWord(former, next) && next.lastSeen === former.lastSeen ? former : next;
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

function lastWord({ isPresent, lastSeen }: Attribution, seenAt: number): number {
  return isPresent ? Math.max(lastSeen, seenAt) : lastSeen;
}

/** Whether more than times at which nothing changed. */
export function isNews(former: Attribution | undefined, next: Attribution): boolean {
  return (
    !former ||
    former.severity !== next.severity ||
    former.evidence !== next.evidence ||
    !isSameRemarks(former.remarks, next.remarks) ||
    shownFirst(former) !== shownFirst(next) ||
    former.isPresent !== next.isPresent ||
    former.isMitigated !== next.isMitigated
  );
}
