import { setTimeout as delay } from "node:timers/promises";
import type { LimitPatience } from "@breakwater/client";

const FIRST_WAIT_MS = 150;
const LONGEST_WAIT_MS = 15_000;
const GROWTH = 1.4;

/** How long a command that waits for work may wait for limits too: the longest window of a service level. */
export const WAITING_PATIENCE: LimitPatience = { maxSec: 86_400 };

/**
 * Reads until it is done, at growing distances: each look counts against the API limits (300 an hour by default, so
 * one every 15 s stays below for ever).
 *
 * @param read one look, over a session with {@link WAITING_PATIENCE}; undefined: not done yet
 */
export async function pollUntilDone<T>(read: () => Promise<T | undefined>, signal?: AbortSignal): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * GROWTH, LONGEST_WAIT_MS)) {
    const result = await read();
    if (result !== undefined) return result;
    await delay(waitMs, undefined, signal ? { signal } : {});
  }
}
