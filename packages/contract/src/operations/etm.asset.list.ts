import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { EtmAsset } from "../schemas/etm-asset.ts";
import { etmListQuery } from "../schemas/paging.ts";

/** Assets in the caller's scope: etm.md 2. */
export const etmAssetList = defineOperation({
  id: "etm.asset.list",
  method: "GET",
  versions: { "1.0": "/etm/1.0/asset/list" },
  summary: "List assets",
  description:
    "Total order: by `sort`, then by id. A page past the end is an empty list. `X-Next-Cursor` is there while more follows.",
  access: { permission: "ETM API Access" },
  query: Type.Object(etmListQuery),
  hasCountHeader: true,
  responses: { 200: { description: "A bare array of assets", schema: Type.Array(EtmAsset) } },
});
