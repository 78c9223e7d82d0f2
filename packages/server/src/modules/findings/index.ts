export {
  AssetGoneError,
  type AssetOrigin,
  type AssetSighting,
  type ResolvedAsset,
  resolveAssets,
} from "./asset-resolver.ts";
export { lockIdentities } from "./asset-store.ts";
export type { Retag } from "./batch-writer.ts";
export { CheckDictionary } from "./check-dictionary.ts";
export { detectionScoreSql, lockScores, raiseScoreBasis } from "./detection-score-sql.ts";
export { endSource } from "./end-source.ts";
export { createScanSink, type ScanSinkOptions } from "./scan-sink.ts";
export { rescoreAssets, totalAssets } from "./score-assets.ts";
export { listScoreWalks, requestScoreWalk, walkScores } from "./score-walk.ts";
export { toStorable } from "./storable-text.ts";
export { refreshStatistics } from "./table-statistics.ts";
export { type SourceFinding, writeWholeSource } from "./whole-source.ts";
