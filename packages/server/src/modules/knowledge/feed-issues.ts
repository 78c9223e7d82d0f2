import type { Issue } from "@breakwater/formats/records";

const WHERE = "whole file";

export function outdatedFeed(given: number, newer: number): Issue {
  const message = `the feed is of ${toDay(given)}, and one of ${toDay(newer)} is loaded: nothing of it was taken over`;
  return { level: "warning", code: "feed-outdated", where: WHERE, message };
}

/** @param isAlone nothing else of the upload was taken over: it has failed */
export function futureFeed(given: number, nowMs: number, isAlone: boolean): Issue {
  const clocks = `it is ${toDay(nowMs)} by the server's clock`;
  const message = `the feed is dated ${toDay(given)}, and ${clocks}: nothing of it was taken over; fetch the feed again, or set the clock`;
  return { level: "refused", code: "feed-from-future", where: WHERE, message, ...(isAlone ? { fatal: true } : {}) };
}

export function futureRecord(cveId: string, given: number, nowMs: number): Issue {
  const message = `the record is dated ${toDay(given)}, and it is ${toDay(nowMs)} by the server's clock; it was left out`;
  return { level: "refused", code: "feed-from-future", where: cveId, message };
}

/** @param kept date of the feed that stands as before; null: it tells none; undefined: the part stands now */
export function brokenFeed(kept: number | null | undefined): Issue {
  const [what, then] = ["the feed broke off or has entries that cannot be read", "load a whole copy"];
  const whole = kept === null || kept === undefined ? "one" : `one of ${toDay(kept)}`;
  const standing = kept === undefined ? "and the feed is INCOMPLETE" : `and the whole ${whole} that is loaded stands`;
  const message = `${what}: what it lists was added, nothing was taken off, ${standing}; ${then}`;
  return { level: "warning", code: "feed-incomplete", where: WHERE, message };
}

/** @param names of the feeds that were in it */
export function brokenUpload(names: readonly string[]): Issue {
  const message = `the upload broke off or is damaged: of ${names.join(", ")} what could be read was added, and nothing was taken off; load a whole copy`;
  return { level: "warning", code: "feed-incomplete", where: names.join(", "), message };
}

function toDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
