export type { Admitted, BlockedByConcurrency, BlockedByRate, Decision, Lease, RateState, Usage } from "./decision.ts";
export { limitKey } from "./decision.ts";
export type { AdmissionListener, CallHistory, ExactLimiterOptions } from "./exact-limiter.ts";
export { ExactLimiter } from "./exact-limiter.ts";
export type { HeaderField } from "./headers.ts";
export { limitHeaders } from "./headers.ts";
export type { Limits, ServiceLevelName, SubscriptionLimits } from "./service-levels.ts";
export {
  DEFAULT_SERVICE_LEVEL,
  limitsFor,
  limitsProblems,
  MAX_CALLS_BOUND,
  MAX_CONCURRENT_BOUND,
  MAX_WINDOW_SEC_BOUND,
  SERVICE_LEVELS,
} from "./service-levels.ts";
export type { NodeShare, ShareDecision } from "./share-limiter.ts";
export { partOf, ShareLimiter } from "./share-limiter.ts";
