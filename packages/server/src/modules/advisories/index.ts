export { readAdvisoryLoad } from "./advisory-load.ts";
export { createAdvisorySink } from "./advisory-sink.ts";
export { type MatchResult, matchDueHosts } from "./match-hosts.ts";
export { ADVISORY_MATCHING, lockMatching, markHostsDue } from "./matching-lock.ts";
export { moveDetections } from "./move-detections.ts";
