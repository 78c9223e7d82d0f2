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
export function admit(
  exchange: Exchange & { route: Route },
  limiter: Limiter,
  subscriptionId: number,
  limits: SubscriptionLimits,
): boolean | Promise<boolean> {
  const { api } = exchange.route;
  const answer = limiter.decide(limitKey(subscriptionId, api), limitsFor(limits, api));
  if (!(answer instanceof Promise)) return note(exchange, answer);
  return answer.then((decision) => {
    const isAdmitted = note(exchange, decision);
    // The client left while the authority was asked: nobody else will give the slot back.
    releaseSlot(exchange, limiter);
    return isAdmitted;
  });
}

function note(exchange: Exchange, decision: Decision): boolean {
  exchange.limitHeaders = limitHeaders(decision);
  if (decision.kind !== "admitted") return false;
  exchange.lease = decision.lease;
  return true;
}

/**
 * Gives the slot back once both the answer is over (sent, or the client gone) and the handler has settled: an aborting
 * client does not free a slot whose work still runs. Called at both moments; the second releases.
 */
export function releaseSlot(exchange: Exchange, limiter: Limiter): void {
  if (!exchange.lease || !exchange.isAnswered || exchange.isHandling) return;
  const { lease } = exchange;
  exchange.lease = undefined;
  void limiter.release(lease);
}
