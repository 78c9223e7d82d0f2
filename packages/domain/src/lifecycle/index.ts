export type { GoneAnswer } from "./headers.ts";
export { goneAnswer, lifecycleHeaders } from "./headers.ts";
export type { LifecycleEntry, LifecycleProfile, LifecycleState } from "./lifecycle.ts";
export { indexLifecycle, lifecycleProblems, lifecycleState } from "./lifecycle.ts";
export { SHIPPED_LIFECYCLE } from "./shipped-entries.ts";
export type { LifecycleTransition } from "./transitions.ts";
export { lifecycleTransitions } from "./transitions.ts";
