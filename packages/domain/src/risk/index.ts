export {
  ASSET_RISK_FLOORS,
  type AssetRiskInput,
  assetRisk,
  type BandTotals,
  DEFAULT_CRITICALITY,
  DEFAULT_RISK_WEIGHTS,
  explainAssetRisk,
  QDS_BAND_FLOOR,
  QDS_BANDS,
  type QdsBand,
  qdsBand,
  type RiskWeights,
} from "./asset-risk.ts";
export { cvss4BaseScore } from "./cvss4-base-score.ts";
export {
  bestCvss,
  type CvssInput,
  type DetectionInput,
  type DetectionScore,
  detectionScore,
  type MatchedRule,
  SCORE_POINTS,
  type ScoreEffect,
} from "./detection-score.ts";
export type { ScoreReason } from "./reckoning.ts";
export { type VulnerabilityInput, vulnerabilityScore } from "./vulnerability-score.ts";
