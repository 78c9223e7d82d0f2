import { etmAssetList, type ResultOf } from "@breakwater/client";
import { assetTable } from "@breakwater/domain/query/index";
import { RecordLink } from "../../parts/links.tsx";
import { Mark, Risk } from "../../parts/marks.tsx";
import type { Column } from "../../parts/record-table.tsx";
import { toEtmQuery, toPage } from "../../parts/search/read-page.ts";
import type { SearchKind } from "../../parts/search/search-list.tsx";
import { shorten } from "../../parts/shorten.ts";
import { Time, toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";

export type AssetRecord = ResultOf<typeof etmAssetList>[number];

const columns: readonly Column<AssetRecord>[] = [
  {
    label: "TruRisk",
    sortBy: "asset.riskScore",
    render: ({ truRiskScore, truRiskBand }) => <Risk value={truRiskScore} band={truRiskBand} />,
  },
  {
    label: "Asset",
    sortBy: "asset.name",
    isWide: true,
    render: ({ id, name, operatingSystem }) => (
      <>
        <RecordLink to="/assets/$assetId" params={{ assetId: id }}>
          {name}
        </RecordLink>
        <div className="quiet">{operatingSystem}</div>
      </>
    ),
  },
  {
    label: "Addresses",
    render: ({ ipAddresses }) => <span className="mono">{shorten(ipAddresses)}</span>,
  },
  { label: "Criticality", sortBy: "asset.criticalityScore", isRight: true, render: (asset) => asset.criticalityScore },
  { label: "Open findings", isRight: true, render: ({ findingCount }) => toNumber(findingCount) },
  {
    label: "Kind",
    render: ({ isOt, isInternetFacing }) => (
      <>
        {isOt && <Mark band="none">OT</Mark>} {isInternetFacing && <Mark band="high">internet-facing</Mark>}
      </>
    ),
  },
  { label: "Tags", render: ({ tags }) => <span className="quiet">{shorten(tags)}</span> },
  { label: "Sources", render: ({ sources }) => shorten(sources) },
  { label: "Known since", sortBy: "asset.inventory.createdDate", render: ({ created }) => <Time at={created} /> },
];

export const assetKind: SearchKind<AssetRecord> = {
  title: "Assets",
  id: etmAssetList.id,
  table: assetTable,
  hint: "asset.riskScore>=700 AND operatingSystem.name:windows",
  columns,
  defaultSort: "asset.riskScore:desc",
  examples: [
    ["At critical risk", "asset.riskBand:CRITICAL"],
    ["Important", "asset.criticalityScore>=4"],
    ["New this week", "asset.inventory.createdDate>now-7d"],
    ["In a network", "asset.interface.address:10.0.0.0/8"],
  ],
  keyOf: ({ id }) => id,
  read: async (request) => {
    const answer = await call(etmAssetList, { query: toEtmQuery(request), signal: request.signal });
    return toPage(answer, await answer.json());
  },
};
