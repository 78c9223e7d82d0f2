import { etmFeedList, type ResultOf } from "@breakwater/client";
import { Paper, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { RecordLink } from "../../parts/links.tsx";
import { type Band, Mark, Status } from "../../parts/marks.tsx";
import { Page, Waiting } from "../../parts/page.tsx";
import { type Column, RecordTable } from "../../parts/record-table.tsx";
import { Time, toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";

export type Feed = ResultOf<typeof etmFeedList>[number];

const NAMES: Readonly<Record<Feed["kind"], string>> = {
  kev: "CISA KEV: vulnerabilities known to be exploited",
  epss: "EPSS: how likely exploitation is",
  cve: "CVE records: CVSS scores",
  ssvc: "SSVC: decisions in CVE records",
  csaf: "CSAF: advisories for OT products",
};

export function nameOfFeed({ kind }: Feed): string {
  return NAMES[kind];
}

/** KEV and EPSS come daily, advisories by the week. */
export function FeedAge({ feed: { status, ageDays } }: { feed: Feed }) {
  if (status === "NEVER_LOADED") return <Mark band="high">never loaded</Mark>;
  if (ageDays === null) return null;
  const band: Band = ageDays > 30 ? "high" : ageDays > 7 ? "medium" : "low";
  return <Mark band={band}>{ageDays === 1 ? "1 day" : `${toNumber(ageDays)} days`}</Mark>;
}

/** Kinds of knowledge and how old what was loaded of them is. */
export function useFeeds() {
  return useQuery({
    queryKey: [etmFeedList.id],
    queryFn: async ({ signal }) => (await call(etmFeedList, { signal })).json(),
  });
}

const columns: readonly Column<Feed>[] = [
  { label: "Feed", isWide: true, render: nameOfFeed },
  { label: "Age", render: (feed) => <FeedAge feed={feed} /> },
  { label: "State", render: ({ status }) => <Status value={status} /> },
  { label: "Published", render: ({ publishedDate }) => <Time at={publishedDate} /> },
  { label: "Loaded", render: ({ loadedDate }) => <Time at={loadedDate} isExact /> },
  { label: "Version", render: ({ version }) => version },
  { label: "Entries", isRight: true, render: ({ recordCount }) => toNumber(recordCount) },
  { label: "New in them", isRight: true, render: ({ changedCount }) => toNumber(changedCount) },
];

export function FeedsPage() {
  const feeds = useFeeds();
  return (
    <Page title="Knowledge feeds">
      <Text size="sm" c="dimmed">
        Nothing is fetched by itself. The operator loads feeds from files, as{" "}
        <RecordLink to="/imports">imports</RecordLink> or with <code>breakwater feeds load</code>; what they tell is
        scored at once.
      </Text>
      {feeds.error !== null && <ErrorNotice error={feeds.error} onRetry={() => void feeds.refetch()} />}
      {feeds.isLoading && <Waiting />}
      {feeds.data !== undefined && (
        <Paper withBorder style={{ overflowX: "auto" }}>
          <RecordTable label="Feeds" columns={columns} records={feeds.data} keyOf={({ kind }) => kind} />
        </Paper>
      )}
    </Page>
  );
}
