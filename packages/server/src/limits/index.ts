export type { JournalProblem, LimitJournalOptions } from "./limit-journal.ts";
export type { Limiter } from "./limiter.ts";
export type { MemoryLimiter, MemoryLimiterOptions } from "./memory-limiter.ts";
export { createMemoryLimiter } from "./memory-limiter.ts";
export { createSteadyClock } from "./steady-clock.ts";
