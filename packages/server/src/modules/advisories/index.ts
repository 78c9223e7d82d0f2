export { createAdvisorySink } from "./advisory-sink.ts";
export { type MatchResult, matchDueHosts } from "./match-hosts.ts";
export { ADVISORY_MATCHING, markHostsDue } from "./matching-lock.ts";
