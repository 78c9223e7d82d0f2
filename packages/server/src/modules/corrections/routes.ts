import { etmAssetMerge, etmAssetSplit, etmFindingRetest } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { readAssets } from "../etm/index.ts";
import { mergeAssets } from "./merge-assets.ts";
import { retestFinding } from "./retest-finding.ts";
import { splitAsset } from "./split-asset.ts";

export function correctionRoutes(parts: { db: Database; clock: Clock }): readonly Binding[] {
  return [
    bind(etmFindingRetest, async ({ db, caller, address, params }) => {
      await retestFinding(db, parts.clock(), { caller, address }, params.findingId);
      return { empty: true };
    }),
    bind(etmAssetSplit, async ({ db, caller, address, params, body }) => {
      const id = await splitAsset(db, parts, { caller, address }, params.assetId, body);
      const [asset] = await readAssets(db, [id]);
      return { value: asset! };
    }),
    bind(etmAssetMerge, async ({ db, caller, address, params, body }) => {
      await mergeAssets(db, parts, { caller, address }, params.assetId, body.assetId);
      return { empty: true };
    }),
  ];
}
