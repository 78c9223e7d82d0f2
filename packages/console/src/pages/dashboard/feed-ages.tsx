import { ErrorNotice } from "../../parts/error-notice.tsx";
import { RecordLink } from "../../parts/links.tsx";
import { Panel } from "../../parts/page.tsx";
import { RecordTable } from "../../parts/record-table.tsx";
import { FeedAge, nameOfFeed, useFeeds } from "../feeds/feeds-page.tsx";
import { RowsToCome } from "./rows-to-come.tsx";

export function FeedAges() {
  const feeds = useFeeds();
  return (
    <Panel title="Age of what is known" actions={<RecordLink to="/feeds">Feeds</RecordLink>}>
      {feeds.error !== null && <ErrorNotice error={feeds.error} onRetry={() => void feeds.refetch()} />}
      {feeds.isLoading && <RowsToCome rows={6} height={31} />}
      {feeds.data !== undefined && (
        <RecordTable
          label="Age of what is known"
          records={feeds.data}
          keyOf={({ kind }) => kind}
          columns={[
            { label: "Feed", isWide: true, render: nameOfFeed },
            { label: "Age", render: (feed) => <FeedAge feed={feed} /> },
          ]}
        />
      )}
    </Panel>
  );
}
