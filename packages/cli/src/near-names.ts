const MOST = 3;

/** Names that may have been meant: few characters away, or with the given one in them; the nearest first. */
export function nearNames(name: string, names: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  const farthest = Math.max(1, Math.floor(wanted.length / 3));
  return names
    .map((other) => ({ other, distance: toDistance(wanted, other.toLowerCase(), farthest) }))
    .filter(({ distance }) => distance <= farthest)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST)
    .map(({ other }) => other);
}

/** A name that holds the wanted one is near in any case. */
function toDistance(wanted: string, other: string, farthest: number): number {
  const edits = countEdits(wanted, other, farthest);
  return wanted.length > 2 && other.includes(wanted) ? Math.min(edits, farthest) : edits;
}

/** Characters to insert, delete or replace; infinite where it must be more than `farthest`. */
function countEdits(wanted: string, other: string, farthest: number): number {
  if (Math.abs(wanted.length - other.length) > farthest) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, char] of [...wanted].entries()) {
    const next = [i + 1];
    for (const [j, otherChar] of [...other].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (char === otherChar ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
