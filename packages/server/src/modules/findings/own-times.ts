import type { FindingRecord } from "@breakwater/formats/records";

/** Dates that a source gave to what it found, epoch ms; null: the run's time counts. Not after the run. */
export type OwnTimes = { first: number | null; last: number | null; fixed: number | null };

const EARLIEST = Date.UTC(1990, 0, 1);
/** Clocks and time zones differ: what is later than the run by no more than this is the run's time. */
const TOLERATED_MS = 86_400_000;

/** Whether something can have been told at `at` of that time: not before 1990, nor more than a day later. Epoch ms. */
export function isPossibleTime(told: number, at: number): boolean {
  return told >= EARLIEST && told <= at + TOLERATED_MS;
}

/**
 * What counts of a record's dates. One before 1990 or more than a day after the run is left out; of a first one after the last
 * both are, and of one when it was fixed before it was found the former.
 *
 * A record that tells one date less was found first no later than it was found last, and last when it was fixed.
 *
 * @param at time of the run, epoch ms
 * @returns undefined when the run's time counts throughout; `absurd` names the record's members that were left out
 */
export function readOwnTimes(record: FindingRecord, at: number): { times: OwnTimes | undefined; absurd: string[] } {
  const { firstSeenAt, lastSeenAt, fixedAt } = record;
  if (firstSeenAt === undefined && lastSeenAt === undefined && fixedAt === undefined) return NO_TIMES;
  const absurd: string[] = [];
  const take = (name: string, told: number | undefined) => {
    if (told === undefined || (told > at && told <= at + TOLERATED_MS)) return null;
    if (told >= EARLIEST && told <= at) return told;
    absurd.push(name);
    return null;
  };
  let first = take("first found", firstSeenAt);
  let last = take("last found", lastSeenAt);
  let fixed = record.state === "fixed" ? take("fixed", fixedAt) : null;
  if (first !== null && last !== null && first > last) {
    absurd.push("first found", "last found");
    [first, last] = [null, null];
  }
  if (fixed !== null && first !== null && fixed < first) {
    absurd.push("fixed");
    fixed = null;
  }
  last ??= fixed;
  first ??= earlier(last, fixed);
  return { times: first === null ? undefined : { first, last, fixed }, absurd };
}

const NO_TIMES = { times: undefined, absurd: [] };
const UNTOLD: OwnTimes = { first: null, last: null, fixed: null };

/** Of two records of one run that tell the same thing. Where one has no last date, the run's time is later. */
export function joinOwnTimes(a: OwnTimes | undefined, b: OwnTimes | undefined): OwnTimes | undefined {
  if (!a && !b) return undefined;
  const [one, other] = [a ?? UNTOLD, b ?? UNTOLD];
  return {
    first: earlier(one.first, other.first),
    last: one.last === null || other.last === null ? null : Math.max(one.last, other.last),
    fixed: later(one.fixed, other.fixed),
  };
}

/** The earlier of two dates, of which either may not be told. */
export function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** The later of two dates, of which either may not be told. */
export function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
