const LEAST_MS = 1_000;
const MOST_MS = 30_000;

/**
 * When a list is asked for again: while something in it is not done, the more slowly the longer it takes, because each time
 * counts as a call. For `refetchInterval`; nobody asks while the tab is not looked at.
 *
 * @param toStarts when what is not done began, epoch ms
 */
export function pollWhile<T>(toStarts: (data: T) => readonly number[]) {
  return ({ state: { data } }: { state: { data: T | undefined } }): number | false => {
    const starts = data === undefined ? [] : toStarts(data);
    if (starts.length === 0) return false;
    // The server's clock may be another one: then it is rather asked too seldom.
    const ageMs = Math.abs(Date.now() - Math.max(...starts));
    return Math.min(Math.max(ageMs / 5, LEAST_MS), MOST_MS);
  };
}
