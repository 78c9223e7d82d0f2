/**
 * Epoch milliseconds that never jump: the wall clock read once, then carried on by the monotonic clock. So neither a
 * step of the wall clock forwards admits too many calls, nor one backwards blocks longer than needed.
 */
export function createSteadyClock(
  wallMs: () => number = Date.now,
  elapsedMs: () => number = () => performance.now(),
): () => number {
  const originMs = wallMs() - elapsedMs();
  return () => originMs + elapsedMs();
}
