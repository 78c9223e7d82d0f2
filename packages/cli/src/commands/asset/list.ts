import { etmAssetList, type ResultOf } from "@breakwater/client";
import type { PagedList } from "../../paged-list.ts";

type Asset = ResultOf<typeof etmAssetList>[number];

export const ASSETS: PagedList<Asset> = {
  many: "assets",
  maxPageSize: 1000,
  examples: { filter: "asset.criticalityScore>=4", sort: "asset.riskScore:desc" },
  hasCursor: true,
  columns: [
    ["Asset", (asset) => asset.id],
    ["Name", (asset) => asset.name],
    ["Addresses", (asset) => asset.ipAddresses.join(", ")],
    ["System", (asset) => asset.operatingSystem],
    ["TruRisk", (asset) => asset.truRiskScore],
    ["Criticality", (asset) => asset.criticalityScore],
    ["Open", (asset) => asset.findingCount],
    ["Tags", (asset) => asset.tags.join(", ")],
  ],
  read: async (session, query) => {
    const answer = await session.call(etmAssetList, { query });
    return { rows: await answer.json(), headers: answer.headers, count: answer.count };
  },
};
