export type {
  Advisory,
  AdvisoryProduct,
  AdvisoryRemediation,
  AdvisoryScore,
  AdvisoryVulnerability,
  ProductStanding,
} from "./advisory.ts";
export { bestScore, severityOfScores } from "./advisory-severity.ts";
export { COMPILE_RULES, type CompiledProduct, compileAdvisory } from "./compile-advisory.ts";
export {
  type DetectionState,
  type DetectionStatus,
  nextDetectionState,
  uniteDetectionStates,
} from "./detection-life.ts";
export {
  type AdvisoryVerdict,
  indexProducts,
  keysOfHost,
  type MatchEvidence,
  type MatchedDevice,
  matchHost,
  type Verdict,
  type VulnerabilityVerdict,
} from "./match-host.ts";
export { type KeyKind, keysOfHardware, keysOfProduct, type ProductKey } from "./product-keys.ts";
