import { ingestConnectionList, ingestImportList, type ResultOf } from "@breakwater/client";
import { useQuery } from "@tanstack/react-query";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { RecordLink } from "../../parts/links.tsx";
import { Page, Panel } from "../../parts/page.tsx";
import { PagedTable, pendingSince, statusColumn, totalOf } from "../../parts/paged-table.tsx";
import { pollWhile } from "../../parts/polling.ts";
import { type Column, RecordTable } from "../../parts/record-table.tsx";
import { PAGE_SIZE } from "../../parts/search/page-request.ts";
import type { RecordPage } from "../../parts/search/paging.tsx";
import { toPage } from "../../parts/search/read-page.ts";
import { useListSearch } from "../../parts/search/use-list-search.ts";
import { Time, toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";
import { UploadPanel } from "./upload-panel.tsx";

type ImportJob = ResultOf<typeof ingestImportList>[number];
type Connection = ResultOf<typeof ingestConnectionList>[number];

const columns: readonly Column<ImportJob>[] = [
  {
    label: "File",
    isWide: true,
    render: ({ id, fileName, message }) => (
      <>
        <RecordLink to="/imports/$importId" params={{ importId: id }}>
          {fileName ?? "Without a name"}
        </RecordLink>
        <div className="quiet">{message}</div>
      </>
    ),
  },
  statusColumn,
  { label: "Format", render: ({ format }) => format },
  { label: "Connection", render: ({ connection }) => connection },
  { label: "Records", isRight: true, render: ({ counts }) => toNumber(counts.recordsRead) },
  { label: "New findings", isRight: true, render: ({ counts }) => toNumber(counts.findingsNew) },
  { label: "Fixed", isRight: true, render: ({ counts }) => toNumber(counts.findingsFixed) },
  { label: "New assets", isRight: true, render: ({ counts }) => toNumber(counts.assetsNew) },
  { label: "Refused", isRight: true, render: ({ counts }) => toNumber(counts.recordsRefused) },
  { label: "By", render: ({ createdBy }) => createdBy },
  { label: "Sent", render: ({ createdDate }) => <Time at={createdDate} isExact /> },
];

/** Files that came in, and a place for more of them. */
export function ImportsPage() {
  const at = useListSearch();
  const [{ page = 1 }] = at;
  const jobs = useQuery({
    queryKey: [ingestImportList.id, page],
    staleTime: 0,
    queryFn: async ({ signal }) => {
      const answer = await call(ingestImportList, { query: { pageNumber: page - 1, pageSize: PAGE_SIZE }, signal });
      return toPage(answer, await answer.json());
    },
    refetchInterval: pollWhile<RecordPage<ImportJob>>(pendingSince),
  });
  const connections = useQuery({
    queryKey: [ingestConnectionList.id],
    queryFn: async ({ signal }) => (await call(ingestConnectionList, { signal })).json(),
  });
  return (
    <Page title="Imports" note={totalOf(jobs)}>
      <UploadPanel connections={(connections.data ?? []).map(({ name }) => name)} />
      <PagedTable label="Imports" columns={columns} query={jobs} at={at} />
      {connections.error !== null && <ErrorNotice error={connections.error} />}
      {connections.data !== undefined && <Connections connections={connections.data} />}
    </Page>
  );
}

function Connections({ connections }: { connections: readonly Connection[] }) {
  return (
    <Panel title="Connections">
      <RecordTable
        label="Connections"
        records={connections}
        keyOf={({ id }) => String(id)}
        columns={[
          { label: "Name", isWide: true, render: ({ name }) => name },
          { label: "Product", render: ({ product }) => product ?? "–" },
          { label: "Network", render: ({ network }) => network },
          {
            label: "Closes what it shows no more",
            render: ({ isComplete, retainMissing }) => (isComplete && !retainMissing ? "yes" : "no"),
          },
          { label: "Trust rank", isRight: true, render: ({ trustRank }) => trustRank },
          {
            label: "Criticality of its assets",
            isRight: true,
            render: ({ defaultCriticality }) => defaultCriticality ?? "–",
          },
          { label: "Since", render: ({ created }) => <Time at={created} /> },
        ]}
      />
    </Panel>
  );
}
