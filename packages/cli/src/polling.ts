import { setTimeout as delay } from "node:timers/promises";
import { ApiError } from "@breakwater/client";

const FIRST_WAIT_MS = 150;
const LONGEST_WAIT_MS = 15_000;
const GROWTH = 1.4;
const DEFAULT_RETRY_SEC = 5;

/**
 * Reads until it is done, at growing distances: each look counts against the API limits (300 an hour by default, so
 * one every 15 s stays below for ever). A call refused by a limit is made again when the server says.
 *
 * @param read one look; undefined: not done yet
 */
export async function pollUntilDone<T>(read: () => Promise<T | undefined>, signal?: AbortSignal): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * GROWTH, LONGEST_WAIT_MS)) {
    try {
      const result = await read();
      if (result !== undefined) return result;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429) throw error;
      const retryAfterSec = Number(error.headers.get("retry-after")) || DEFAULT_RETRY_SEC;
      waitMs = Math.max(waitMs, retryAfterSec * 1000);
    }
    await delay(waitMs, undefined, signal ? { signal } : {});
  }
}
