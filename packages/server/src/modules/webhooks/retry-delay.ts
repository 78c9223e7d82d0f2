/** Attempts of one delivery, over about a day; then it has failed, and its webhook is disabled. */
export const MAX_ATTEMPTS = 12;

const FIRST_DELAY_MS = 40_000;
const JITTER = 0.2;

/**
 * How long to wait after a failed attempt: 40 s, doubled with each, give or take a fifth so that what failed together
 * does not come back together. After the eleventh, some 23 hours have passed.
 *
 * @param attempts made so far, from 1
 * @param random from 0 to 1
 */
export function retryDelayMs(attempts: number, random: number): number {
  return Math.round(FIRST_DELAY_MS * 2 ** (attempts - 1) * (1 - JITTER + 2 * JITTER * random));
}
