import { type Attribution, type Sighting, shownFirst, shownLast } from "./attribution.ts";

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
