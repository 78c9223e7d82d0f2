export {
  AssetGoneError,
  type AssetOrigin,
  type AssetSighting,
  type ResolvedAsset,
  resolveAssets,
} from "./asset-resolver.ts";
export { loadApart, lockIdentities } from "./asset-store.ts";
export type { Retag } from "./batch-writer.ts";
export { CheckDictionary } from "./check-dictionary.ts";
export { detectionScoreSql, findingScoreSql, lockScores, raiseScoreBasis, scoresLock } from "./detection-score-sql.ts";
export { endSource } from "./end-source.ts";
export { matchInScope } from "./explain-match.ts";
export { lockAssetOf } from "./lock-asset-of.ts";
export { type Move, moveAttributions } from "./move-attributions.ts";
export { movesTo } from "./moves-to.ts";
export { lookOnceMore, spellOutLastSeen } from "./observation-store.ts";
export { isPossibleTime } from "./own-times.ts";
export { type ReadScanOptions, readScan, type ScanStep } from "./read-scan.ts";
export { settleNextAssets } from "./run-closer.ts";
export { connectionOf, forgetSights, startOf, writeScan } from "./scan-sink.ts";
export { followRules, rescoreAssets, scoreWritten, totalAssets } from "./score-assets.ts";
export {
  applyRules,
  compileRule,
  hasScoreRules,
  isFacing,
  matchScoreRules,
  type RuleQueries,
  readScoreRules,
  ruledFindings,
  type ScoreRule,
} from "./score-rules.ts";
export { listScoreWalks, requestScoreWalk, walkScores } from "./score-walk.ts";
export { shareSources } from "./shared-source.ts";
export { forgottenLooks } from "./source-looks.ts";
export { toStorable } from "./storable-text.ts";
export { refreshStatistics } from "./table-statistics.ts";
export { settleDefaultCriticality } from "./trust.ts";
export { type SourceFinding, writeWholeSource } from "./whole-source.ts";
