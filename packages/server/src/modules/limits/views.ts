import type { Limits } from "@breakwater/domain/limits/index";
import type { LimitsInUse } from "./service.ts";

export function toLimitsView({ subscriptionId, level, own, apis }: LimitsInUse) {
  return {
    subscriptionId,
    level,
    ...toNumbers(own),
    apis: apis.map(({ api, limits, isException, usage }) => ({
      api,
      ...toNumbers(limits),
      isException,
      used: usage.used,
      remaining: usage.remaining,
      running: usage.running,
      resetSec: usage.resetSec,
    })),
  };
}

function toNumbers({ maxCalls: calls, windowSec, maxConcurrent: concurrency }: Limits) {
  return { rate: { calls, windowSec }, concurrency };
}
