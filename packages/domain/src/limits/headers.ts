import type { Decision } from "./decision.ts";

/** One header line. */
export type HeaderField = readonly [name: string, value: string];

const POLICY_NAMES: ReadonlyMap<number, string> = new Map([
  [1, "second"],
  [60, "minute"],
  [3600, "hour"],
  [86_400, "day"],
]);

/**
 * The headers that tell a decision, in the order of the printed samples (platform contract 4 and 8), then the IETF
 * fields. `RateLimit` says `t`, the seconds until the remaining quota grows, when anything is used.
 */
export function limitHeaders(decision: Decision): HeaderField[] {
  const { limit, windowSec, remaining } = decision;
  const headers: HeaderField[] = [["X-RateLimit-Remaining", String(remaining)]];
  if (decision.kind === "blockedByRate") headers.push(["X-RateLimit-ToWait-Sec", String(decision.toWaitSec)]);
  headers.push(["X-RateLimit-Window-Sec", String(windowSec)], ["X-RateLimit-Limit", String(limit)]);
  if (decision.kind === "blockedByConcurrency") {
    headers.push(["X-Concurrency-Limit-Limit", String(decision.maxConcurrent)]);
    headers.push(["X-Concurrency-Limit-Running", String(decision.running)]);
  }
  const retryAfterSec = retryAfter(decision);
  if (retryAfterSec !== undefined) headers.push(["Retry-After", String(retryAfterSec)]);
  const policy = POLICY_NAMES.get(windowSec) ?? `${windowSec}s`;
  const reset = decision.resetSec === 0 ? "" : `;t=${decision.resetSec}`;
  headers.push(["RateLimit-Policy", `"${policy}";q=${limit};w=${windowSec}`]);
  headers.push(["RateLimit", `"${policy}";r=${remaining}${reset}`]);
  return headers;
}

function retryAfter(decision: Decision): number | undefined {
  switch (decision.kind) {
    case "admitted":
      return undefined;
    case "blockedByRate":
      return decision.toWaitSec;
    case "blockedByConcurrency":
      return 1;
  }
}
