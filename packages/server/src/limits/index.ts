export type { JournalProblem, LimitJournalOptions } from "./limit-journal.ts";
export type { Limiter, LimiterMeasures } from "./limiter.ts";
export { registerLimiterMetrics } from "./limiter-metrics.ts";
export type { MemoryLimiter, MemoryLimiterOptions } from "./memory-limiter.ts";
export { createMemoryLimiter } from "./memory-limiter.ts";
export { SharedLimiter } from "./shared-limiter.ts";
export type { SharedLimiterOptions } from "./shared-limiter-options.ts";
export { createSteadyClock } from "./steady-clock.ts";
