/** Names longer than this are not compared: nobody misspells a token that badly. */
const maxComparedLength = 120;

/**
 * The candidate nearest to what was typed, by edit distance without regard to case. A name typed without its prefix
 * (`severity` for `finding.severity`) is one edit away from the full one; so is one that was not typed to its end
 * (`finding.sev`). Null when there is nothing to compare.
 */
export function findNearest(typed: string, candidates: Iterable<string>): string | null {
  const wanted = typed.toLowerCase();
  if (wanted.length > maxComparedLength) return null;
  let nearest: string | null = null;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = distanceWithPrefix(wanted, candidate.toLowerCase());
    if (distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/** Of fewer letters the beginning says little. */
const MIN_BEGINNING = 3;

function distanceWithPrefix(wanted: string, candidate: string): number {
  const typed = wanted.slice(wanted.lastIndexOf(".") + 1);
  const isBeginning = typed.length >= MIN_BEGINNING && candidate.startsWith(wanted);
  // The longer the rest, the farther, but never as far as a name with one letter changed.
  const whole = isBeginning ? 1 - 1 / (1 + candidate.length - wanted.length) : editDistance(wanted, candidate);
  const afterDot = candidate.indexOf(".") + 1;
  if (afterDot === 0 || wanted.includes(".")) return whole;
  const lastPart = candidate.slice(candidate.lastIndexOf(".") + 1);
  return Math.min(whole, 1 + editDistance(wanted, candidate.slice(afterDot)), 1.5 + editDistance(wanted, lastPart));
}

/** Levenshtein distance in UTF-16 code units. */
export function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[right.length]!;
}
