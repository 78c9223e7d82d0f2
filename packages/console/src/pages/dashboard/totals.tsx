import { etmAssetCount, etmFindingCount, etmFindingStats } from "@breakwater/client";
import { SimpleGrid } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { RecordLink } from "../../parts/links.tsx";
import { type Band, Mark } from "../../parts/marks.tsx";
import { Panel } from "../../parts/page.tsx";
import { toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";

const OPEN = "finding.status:[NEW, ACTIVE, REOPENED, RETEST]";
const KEV = `finding.riskFactor.isCisaKnownExploit:true AND ${OPEN}`;
const BANDS: readonly Band[] = ["critical", "high", "medium", "low"];

/** @param isWanted false: nothing is asked for */
export function useTotals(isWanted: boolean) {
  return useQuery({
    queryKey: [etmFindingStats.id, "totals"],
    enabled: isWanted,
    queryFn: ({ signal }) => readTotals(signal),
  });
}

/** Open findings by band of their score, those known to be exploited, and assets. */
export function Totals() {
  const totals = useTotals(true);
  return (
    <Panel title="Open findings">
      {totals.error !== null && <ErrorNotice error={totals.error} onRetry={() => void totals.refetch()} />}
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
        {BANDS.map((band) => (
          <Total
            key={band}
            name={<Mark band={band}>{band}</Mark>}
            value={totals.data?.bands.get(band.toUpperCase()) ?? (totals.data && 0)}
            to="/findings"
            q={`finding.criticality:${band.toUpperCase()} AND ${OPEN}`}
          />
        ))}
        <Total
          name={<Mark band="critical">known to be exploited</Mark>}
          value={totals.data?.kev}
          to="/findings"
          q={KEV}
        />
        <Total name={<Mark band="none">assets</Mark>} value={totals.data?.assets} to="/assets" q="" />
      </SimpleGrid>
    </Panel>
  );
}

async function readTotals(signal: AbortSignal) {
  const [stats, kev, assets] = await Promise.all([
    call(etmFindingStats, { query: { groupBy: "criticality", filter: OPEN }, signal }),
    call(etmFindingCount, { query: { filter: KEV }, signal }),
    call(etmAssetCount, { signal }),
  ]);
  const groups = await stats.json();
  return {
    bands: new Map(groups.map(({ value, findings }) => [String(value), findings])),
    kev: (await kev.json()).count,
    assets: (await assets.json()).count,
  };
}

function Total({
  name,
  value,
  to,
  q,
}: {
  name: ReactNode;
  value: number | undefined;
  to: "/findings" | "/assets";
  q: string;
}) {
  return (
    <div>
      <RecordLink to={to} search={q === "" ? {} : { q }} className="total numbers">
        {value === undefined ? "…" : toNumber(value)}
      </RecordLink>
      <div>{name}</div>
    </div>
  );
}
