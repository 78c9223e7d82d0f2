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
  firstSeen: number;
  /** While present, the source's {@link SourceTimes.seenAt} counts too when it is later. */
  lastSeen: number;
  /** The source said itself that it is gone, after its last sight. Equal to `lastSeen`: it never showed it. */
  goneAt: number | null;
  severity: number;
  evidence: string;
};

/** What a check said of a finding; without `state` it is open. */
export type Word = {
  checkId: number;
  vendorId: string;
  severity: number;
  evidence: string;
  state?: "fixed" | "mitigated" | undefined;
  isAliased?: boolean;
};

/** When a source was heard, and what it had said before. */
type Hearing = { connectionId: number; at: number; isHistory: boolean; seenAt: number };

/** An attribution after its source has told of it; the same object when nothing has to be written. */
export function hear(former: Attribution | undefined, word: Word, hearing: Hearing): Attribution {
  return word.state === "fixed" ? hearGone(former, word, hearing) : see(former, word, hearing);
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
  const { checkId, vendorId, severity, evidence, isAliased = false } = word;
  const isMitigated = word.state === "mitigated";
  if (!former) {
    const isPresent = !isHistory;
    const times = { firstSeen: at, lastSeen: at, goneAt: null };
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
    goneAt: isGoneSince ? former.goneAt : null,
    severity: isNewer ? severity : former.severity,
    evidence: isNewer ? evidence : former.evidence,
  };
  if (isFirstSight) return { ...next, lastSeen: at };
  // Of what is present the time alone is not worth a row: the end of the run tells it for the whole asset.
  const isSame =
    !isNews(former, next) &&
    next.goneAt === former.goneAt &&
    next.isAliased === former.isAliased &&
    (isPresent || at <= former.lastSeen);
  return isSame ? former : { ...next, lastSeen: Math.max(former.lastSeen, at) };
}

/** Takes a source's own word that it is gone: unless it was seen later. */
function hearGone(former: Attribution | undefined, word: Word, { connectionId, at, seenAt }: Hearing): Attribution {
  const { checkId, vendorId, severity, evidence, isAliased = false } = word;
  const told = { severity, evidence, lastSeen: at, goneAt: at };
  if (!former)
    return { connectionId, checkId, vendorId, isPresent: false, isMitigated: false, isAliased, firstSeen: at, ...told };
  const firstSeen = Math.min(former.firstSeen, at);
  const isLater = at > (former.goneAt ?? 0);
  if (!wasSeen(former)) {
    const next = isLater ? { ...former, ...told, firstSeen } : { ...former, firstSeen };
    return next.firstSeen === former.firstSeen && !isLater ? former : next;
  }
  const last = lastWord(former, seenAt);
  if (at <= last) return firstSeen === former.firstSeen ? former : { ...former, firstSeen };
  if (!former.isPresent && !isLater) return former;
  return { ...former, isPresent: false, isMitigated: false, lastSeen: last, goneAt: at };
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
    former.firstSeen !== next.firstSeen ||
    former.isPresent !== next.isPresent ||
    former.isMitigated !== next.isMitigated
  );
}
