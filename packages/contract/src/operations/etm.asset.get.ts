import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { AssetExplanation, EtmAsset } from "../schemas/etm-asset.ts";

/** One asset: etm.md 2, and why it is one: etm.md 4. */
export const etmAssetGet = defineOperation({
  id: "etm.asset.get",
  method: "GET",
  versions: { "1.0": "/etm/1.0/asset/:assetId" },
  summary: "Look at an asset",
  access: { permission: "ETM API Access" },
  params: Type.Object({ assetId: Type.String({ maxLength: 20 }) }),
  responses: {
    200: {
      description: "The asset, and why it is one",
      schema: Type.Interface([EtmAsset], { explanation: AssetExplanation }),
    },
  },
});
