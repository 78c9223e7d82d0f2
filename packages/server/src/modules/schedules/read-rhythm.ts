import { AppError } from "@breakwater/contract";
import { type GivenRhythm, type Rhythm, toRhythm } from "@breakwater/domain/schedule/index";

/**
 * A rhythm from a request, checked.
 *
 * @param leastMinutes shortest time between two occurrences
 * @throws AppError `invalid-parameter`
 */
export function readRhythm(given: GivenRhythm, leastMinutes: number): Rhythm {
  const read = toRhythm(given);
  if ("fault" in read) throw new AppError("invalid-parameter", `rhythm: ${read.fault}`);
  const { rhythm } = read;
  if (rhythm.every === "MINUTES" && rhythm.minutes < leastMinutes) {
    throw new AppError("invalid-parameter", `rhythm: minutes must be at least ${leastMinutes}`);
  }
  return rhythm;
}
