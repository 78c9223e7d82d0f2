import { AppError } from "@breakwater/contract";
import {
  goneAnswer,
  type LifecycleEntry,
  type LifecycleProfile,
  lifecycleHeaders,
  lifecycleState,
} from "@breakwater/domain/lifecycle/index";
import type { Exchange } from "../exchange.ts";

/** Where the dates are explained. */
const POLICY_PATH = "/docs/versions";

export type LifecycleView = {
  find(api: string): LifecycleEntry | undefined;
  list(): readonly LifecycleEntry[];
  profile: LifecycleProfile;
  /** Undefined when the entries are young enough to be believed; otherwise what to wait for first. */
  freshen?(): Promise<void> | undefined;
};

/**
 * Step 2: a version past its end of life answers 410 (or 404, by setting) and goes no further, so that it consumes no limit; one past its end
 * of service works on and says so in its headers (platform.md 5).
 *
 * @throws AppError `operation-retired`; `not-found` by setting
 */
export function resolveLifecycle(
  exchange: Exchange,
  lifecycle: LifecycleView,
  nowMs: number,
  retiredStatus: 410 | 404,
): void {
  const entry = exchange.route && lifecycle.find(exchange.route.api);
  if (!entry) return;
  const state = lifecycleState(entry, nowMs, lifecycle.profile);
  if (state === "eol") {
    const gone = goneAnswer(entry, retiredStatus);
    const code = gone.status === 404 ? "not-found" : "operation-retired";
    throw new AppError(code, gone.message, { headers: Object.fromEntries(gone.headers) });
  }
  if (state === "eos") exchange.lifecycleHeaders = lifecycleHeaders(entry, POLICY_PATH);
}
