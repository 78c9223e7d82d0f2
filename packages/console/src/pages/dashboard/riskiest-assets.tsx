import { etmAssetList } from "@breakwater/client";
import { useQuery } from "@tanstack/react-query";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { RecordLink } from "../../parts/links.tsx";
import { Risk } from "../../parts/marks.tsx";
import { Panel } from "../../parts/page.tsx";
import { RecordTable } from "../../parts/record-table.tsx";
import { toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";
import { RowsToCome } from "./rows-to-come.tsx";

const SORT = JSON.stringify([{ "asset.riskScore": "desc" }]);

export function RiskiestAssets() {
  const assets = useQuery({
    queryKey: [etmAssetList.id, "riskiest"],
    queryFn: async ({ signal }) => (await call(etmAssetList, { query: { sort: SORT, pageSize: 8 }, signal })).json(),
  });
  return (
    <Panel title="Assets at highest risk" actions={<RecordLink to="/assets">All</RecordLink>}>
      {assets.error !== null && <ErrorNotice error={assets.error} onRetry={() => void assets.refetch()} />}
      {assets.isLoading && <RowsToCome rows={9} height={31} />}
      {assets.data !== undefined && (
        <RecordTable
          label="Assets at highest risk"
          records={assets.data}
          keyOf={({ id }) => id}
          columns={[
            {
              label: "TruRisk",
              render: ({ truRiskScore, truRiskBand }) => <Risk value={truRiskScore} band={truRiskBand} />,
            },
            {
              label: "Asset",
              isWide: true,
              render: ({ id, name }) => (
                <RecordLink to="/assets/$assetId" params={{ assetId: id }}>
                  {name}
                </RecordLink>
              ),
            },
            { label: "Criticality", isRight: true, render: ({ criticalityScore }) => criticalityScore },
            { label: "Findings", isRight: true, render: ({ findingCount }) => toNumber(findingCount) },
          ]}
        />
      )}
    </Panel>
  );
}
