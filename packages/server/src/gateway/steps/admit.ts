import {
  type Decision,
  limitHeaders,
  limitKey,
  limitsFor,
  type SubscriptionLimits,
} from "@breakwater/domain/limits/index";
import type { Limiter } from "../../limits/limiter.ts";
import type { Exchange, Route } from "../exchange.ts";

/**
 * Step 4: one atomic decision on concurrency and rate, for the subscription and this API (platform.md 4).
 *
 * @returns whether the call goes on; if not, `limitHeaders` of the exchange say why
 */
export async function admit(
  exchange: Exchange & { route: Route },
  limiter: Limiter,
  subscriptionId: number,
  limits: SubscriptionLimits,
): Promise<boolean> {
  const { api } = exchange.route;
  const answer = limiter.decide(limitKey(subscriptionId, api), limitsFor(limits, api));
  const decision: Decision = answer instanceof Promise ? await answer : answer;
  exchange.limitHeaders = limitHeaders(decision);
  if (decision.kind !== "admitted") return false;
  exchange.lease = decision.lease;
  holdSlot(exchange, limiter);
  return true;
}

/**
 * Gives the slot back once both the answer is over (sent, or the client gone) and the handler has settled: an aborting
 * client does not free a slot whose work still runs.
 */
function holdSlot(exchange: Exchange, limiter: Limiter): void {
  exchange.out.once("close", () => {
    exchange.isAnswered = true;
    releaseSlot(exchange, limiter);
  });
}

/** Called when the answer is over and again when the handler has settled; the second of the two releases. */
export function releaseSlot(exchange: Exchange, limiter: Limiter): void {
  if (!exchange.lease || !exchange.isAnswered || exchange.isHandling) return;
  const { lease } = exchange;
  delete exchange.lease;
  void limiter.release(lease);
}
