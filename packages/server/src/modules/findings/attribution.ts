import type { OwnTimes } from "./own-times.ts";
import { isSameRemarks, type Remarks } from "./remarks.ts";
import type { Marks } from "./sight-marks.ts";

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
  /** Time of the last run that showed it. While present, `seenAt` counts too when it is later. */
  lastSeen: number;
  /** When its source showed all that it still reports of the asset; 0 when only the attributions' own times count. */
  seenAt: number;
  /** The earliest date that the source itself gave to its first sight. */
  toldFirst: number | null;
  /** When it was seen last, where that is the source's own word: its runs' times do not count then. */
  toldLast: number | null;
  /** The source said itself that it is gone, after its last sight. Equal to `lastSeen`: it never showed it. */
  goneAt: number | null;
  /** When it was there and when not, beside what the times above and the source's looks tell: see `timelineOf`. */
  marks: Marks | null;
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

/** When the source says that it saw it first. */
export function shownFirst({ firstSeen, toldFirst }: Attribution): number {
  return Math.min(firstSeen, toldFirst ?? firstSeen);
}

/** When it was seen last, by the source's dates or its runs' times; null when there is neither. As for `lastSeen`, `seenAt` counts too. */
export function shownLast(one: Attribution): number | null {
  return one.toldLast ?? (wasSeen(one) ? one.lastSeen : null);
}

/** Whether a source ever showed it, rather than only saying that it is gone. */
export function wasSeen({ isPresent, goneAt, lastSeen }: Attribution): boolean {
  return isPresent || goneAt !== lastSeen;
}

/** When its source showed it last, or, if it never did, said last that it is gone. */
export function lastWord({ isPresent, lastSeen, seenAt }: Attribution): number {
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
