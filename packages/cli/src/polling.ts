import { setTimeout as delay } from "node:timers/promises";
import { ApiError, type LimitPatience } from "@breakwater/client";
import { UnreachableError } from "./failure.ts";
import { note } from "./terminal.ts";

const FIRST_WAIT_MS = 150;
const LONGEST_WAIT_MS = 15_000;
const GROWTH = 1.4;
/** How long a server may be away, as while it or its database is restarted: what it was asked to do goes on afterwards. */
const OUTAGE_MS = 10 * 60_000;
/** Bad gateway, unavailable, gateway timeout. */
const OUTAGE_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

/** How long a command that waits for work may wait for limits too: the longest window of a service level. */
export const WAITING_PATIENCE: LimitPatience = { maxSec: 86_400 };

/**
 * Reads until it is done, at growing distances: each look counts against the API limits (300 an hour by default, so
 * one every 15 s stays below for ever). A server that does not answer for a while is waited for.
 *
 * @param read one look, over a session with {@link WAITING_PATIENCE}; undefined: not done yet
 */
export async function pollUntilDone<T>(read: () => Promise<T | undefined>, signal?: AbortSignal): Promise<T> {
  let awaySince: number | undefined;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * GROWTH, LONGEST_WAIT_MS)) {
    try {
      const result = await read();
      if (result !== undefined) return result;
      awaySince = undefined;
    } catch (error) {
      if (!isOutage(error) || performance.now() - (awaySince ?? Number.POSITIVE_INFINITY) > OUTAGE_MS) throw error;
      if (awaySince === undefined) note(`${error.message}; waiting for it to come back`);
      awaySince ??= performance.now();
    }
    await delay(waitMs, undefined, signal ? { signal } : {});
  }
}

function isOutage(error: unknown): error is Error {
  return error instanceof UnreachableError || (error instanceof ApiError && OUTAGE_STATUSES.has(error.status));
}
