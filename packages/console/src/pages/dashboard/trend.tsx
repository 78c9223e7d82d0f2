import { ApiError, etmTrendGet } from "@breakwater/client";
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { Panel } from "../../parts/page.tsx";
import { call } from "../../session/api.ts";

/** Apart, so that the rest of the page does not wait for what draws it. */
const TrendChart = lazy(async () => ({ default: (await import("./trend-chart.tsx")).TrendChart }));

/** Thirty days, as each was when it was looked at; days nobody looked at are gaps. */
export function Trend() {
  const trend = useQuery({
    queryKey: [etmTrendGet.id],
    queryFn: async ({ signal }) => (await call(etmTrendGet, { signal })).json(),
  });
  const isOfTags = trend.error instanceof ApiError && trend.error.status === 400;
  const last = trend.data?.findLast(({ snapshot }) => snapshot !== null)?.snapshot;
  const days = last?.meanTimeToRemediateSec == null ? undefined : Math.round(last.meanTimeToRemediateSec / 86_400);
  return (
    <Panel title="Open findings over 30 days">
      {isOfTags && (
        <Text size="sm" c="dimmed">
          There is a trend of a tag, or of everything: what you see are several tags, whose counts cannot be added up.
        </Text>
      )}
      {trend.error !== null && !isOfTags && <ErrorNotice error={trend.error} onRetry={() => void trend.refetch()} />}
      {trend.isLoading && <div className="chart" />}
      {trend.data !== undefined && last === undefined && (
        <Text size="sm" c="dimmed">
          The first snapshot is taken within a day.
        </Text>
      )}
      {trend.data !== undefined && last !== undefined && (
        <>
          <Suspense fallback={<div className="chart" />}>
            <TrendChart days={trend.data} />
          </Suspense>
          <Text size="xs" c="dimmed">
            {last?.remediated} fixed in the last 30 days
            {days === undefined ? "" : `, after ${days === 1 ? "a day" : `${days} days`} on average`}
          </Text>
        </>
      )}
    </Panel>
  );
}
