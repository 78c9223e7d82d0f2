export {
  AssetGoneError,
  type AssetOrigin,
  type AssetSighting,
  type ResolvedAsset,
  resolveAssets,
} from "./asset-resolver.ts";
export { lockIdentities } from "./asset-store.ts";
export type { Retag } from "./batch-writer.ts";
export { createScanSink, type ScanSinkOptions } from "./scan-sink.ts";
export { rescoreAssets } from "./score-assets.ts";
export { toStorable } from "./storable-text.ts";
export { refreshStatistics } from "./table-statistics.ts";
