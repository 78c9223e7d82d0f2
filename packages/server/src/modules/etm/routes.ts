import {
  etmAssetCount,
  etmAssetGet,
  etmAssetList,
  etmFindingCount,
  etmFindingGet,
  etmFindingList,
  etmFindingStats,
} from "@breakwater/contract";
import { type Answer, type Binding, bind } from "../../binding.ts";
import type { Clock } from "../../context.ts";
import {
  countAssets,
  countFindingGroups,
  countFindings,
  getAsset,
  getFinding,
  type JsonPage,
  listAssets,
  listFindings,
} from "./service.ts";

export function etmRoutes(clock: Clock): readonly Binding[] {
  return [
    bind(etmFindingList, async ({ db, query }) => {
      const page = await listFindings(db, query, clock());
      return { json: page.json, ...toHead(page) };
    }),
    bind(etmFindingCount, async ({ db, query }) => {
      const count = await countFindings(db, query, clock());
      return { value: { count }, count };
    }),
    bind(etmFindingGet, async ({ db, params }) => ({ json: await getFinding(db, params.findingId, clock()) })),
    bind(etmFindingStats, async ({ db, query }) => {
      const { groups, count } = await countFindingGroups(db, query, clock());
      return { value: groups, count };
    }),
    bind(etmAssetList, async ({ db, query }) => {
      const page = await listAssets(db, query, clock());
      return { json: page.json, ...toHead(page) };
    }),
    bind(etmAssetCount, async ({ db, query }) => {
      const count = await countAssets(db, query.filter, clock());
      return { value: { count }, count };
    }),
    bind(etmAssetGet, async ({ db, params }) => ({ value: await getAsset(db, params.assetId) })),
  ];
}

function toHead({ count, nextCursor }: JsonPage): Pick<Answer, "count" | "headers"> {
  return nextCursor === null ? { count } : { count, headers: { "X-Next-Cursor": nextCursor } };
}
