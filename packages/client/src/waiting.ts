import type { ApiError } from "./api-error.ts";

/** `true`: an hour, the window of the Standard level; a number of seconds: no longer than that; `false`: not at all. */
export type LimitPatience = boolean | { maxSec: number };

const DEFAULT_MAX_SEC = 3600;
/** Where a server refuses for a limit and does not say for how long. */
const DEFAULT_RETRY_SEC = 5;

/**
 * How long one call may wait for limits, all its tries together.
 *
 * @returns asked with a refusal: milliseconds to wait before the next try; undefined: it is an error
 */
export function createAllowance(patience: LimitPatience): (error: ApiError) => number | undefined {
  let leftSec = typeof patience === "object" ? patience.maxSec : patience ? DEFAULT_MAX_SEC : 0;
  return (error) => {
    if (error.status !== 429) return undefined;
    const waitSec = Math.max(1, error.retryAfterSec ?? DEFAULT_RETRY_SEC);
    // Waiting a part of what the server asks for ends in the same refusal.
    if (waitSec > leftSec) return undefined;
    leftSec -= waitSec;
    return waitSec * 1000;
  };
}

/** @throws the signal's reason when it is aborted first */
export async function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await orAborted(
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      }),
      signal,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Leaves a promise that others wait for too as it is, and stops waiting for it when the signal says so. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
