import { type Attribution, type Sighting, shownFirst, shownLast, wasSeen } from "./attribution.ts";
import { later } from "./own-times.ts";

type Told = { attributions: readonly Attribution[] };

/** When a finding was fixed. Times are epoch ms. */
export type Closing = {
  /** The date told by the word that closed it, else {@link Closing.closedAt}. */
  lastFixed: number | null;
  /** The run that closed it, where `lastFixed` is a date of the source's own. */
  closedAt: number | null;
};

/** Time of the first run that told of it. */
export function firstTold(attributions: readonly Attribution[]): number {
  return Math.min(...attributions.map((one) => one.firstSeen));
}

/** Whether all that was told is of runs of one time. @param attributions of which `lastSeen` tells all */
export function isOfOneTime(attributions: readonly Attribution[]): boolean {
  const seen = attributions.filter(wasSeen);
  return firstTold(attributions) >= Math.max(...(seen.length > 0 ? seen : attributions).map((one) => one.lastSeen));
}

/** Time of the run that closed it, whatever date it gave. */
export function closedBy({ closedAt, lastFixed }: Closing): number | null {
  return closedAt ?? lastFixed;
}

/** The date that the sighting gives to its having been fixed. */
export function fixedBy({ checks }: Sighting): number | null {
  return checks.reduce<number | null>((latest, { times }) => later(latest, times?.fixed ?? null), null);
}

export function fixedAs(at: number, told: number | null): Closing {
  return told === null ? { lastFixed: at, closedAt: null } : { lastFixed: told, closedAt: at };
}

/**
 * What is fixed stays so: the one source that told of it may give it a date, or a later one. What nobody ever showed is fixed
 * since the first word, whichever was imported first.
 */
export function fixedAgain(
  { lastFixed, closedAt, attributions }: Closing & Told,
  { connectionId }: Sighting,
  told: number | null,
): Closing {
  const isOnly = attributions.every((one) => one.connectionId === connectionId);
  if (told === null || !isOnly) {
    const isUndated = closedAt === null && !attributions.some(wasSeen);
    return { lastFixed: isUndated ? firstTold(attributions) : lastFixed, closedAt };
  }
  const date = closedAt === null ? told : later(lastFixed, told);
  return { lastFixed: date, closedAt: closedBy({ lastFixed, closedAt }) };
}

export function firstFoundOf(attributions: readonly Attribution[]): number {
  return Math.min(...attributions.map(shownFirst));
}

/** When it was seen last; where nobody showed it and no date is told, when it was said first to be gone. */
export function lastFoundOf(
  known: ({ lastFound: number } & Told) | undefined,
  attributions: readonly Attribution[],
  sighting?: Sighting,
): number {
  const wasDated = known?.attributions.some((one) => shownLast(one) !== null);
  // Of what is present a later sight alone is not written: until the end of its run only the sighting tells it.
  const now = sighting?.checks.flatMap(({ state, times }) => (state === "fixed" ? [] : [times?.last ?? sighting.at]));
  const dates = [...(wasDated ? [known!.lastFound] : []), ...attributions.flatMap((one) => shownLast(one) ?? [])];
  const all = [...dates, ...(now ?? [])];
  return all.length > 0 ? Math.max(...all) : firstTold(attributions);
}
