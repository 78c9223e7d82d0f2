import { ingestImportGet, type ResultOf } from "@breakwater/client";
import { Grid, Paper, Progress } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Loaded } from "../../parts/loaded.tsx";
import { Mark, Status } from "../../parts/marks.tsx";
import { Facts, Page, Panel } from "../../parts/page.tsx";
import { isUnderWay } from "../../parts/paged-table.tsx";
import { pollWhile } from "../../parts/polling.ts";
import { RecordTable } from "../../parts/record-table.tsx";
import { Time, toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";

type ImportJob = ResultOf<typeof ingestImportGet>;

export function ImportPage() {
  const { importId = "" } = useParams({ strict: false });
  const job = useQuery({
    queryKey: [ingestImportGet.id, importId],
    staleTime: 0,
    queryFn: async ({ signal }) => (await call(ingestImportGet, { params: { id: importId }, signal })).json(),
    refetchInterval: pollWhile<ImportJob>(({ status, createdDate }) => (isUnderWay({ status }) ? [createdDate] : [])),
  });
  return (
    <Loaded title="Import" query={job}>
      {(found) => <Shown job={found} />}
    </Loaded>
  );
}

function Shown({ job }: { job: ImportJob }) {
  const { fileName, status, progress, counts, issues } = job;
  return (
    <Page title={fileName ?? "Import"} note={<Status value={status} />}>
      {status === "IN_PROGRESS" && <Progress value={progress} size="sm" aria-label={`${progress} %`} />}
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Panel title="The file">
            <Facts
              rows={{
                Message: job.message,
                Format: job.format,
                Connection: job.connection,
                "Sent by": job.createdBy,
                Sent: <Time at={job.createdDate} isExact />,
                Begun: <Time at={job.startedDate} isExact />,
                Done: <Time at={job.completedDate} isExact />,
              }}
            />
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Panel title="What it did">
            <Facts
              rows={{
                "Records read": toNumber(counts.recordsRead),
                "Findings, new": toNumber(counts.findingsNew),
                "Findings, updated": toNumber(counts.findingsUpdated),
                "Findings, reopened": toNumber(counts.findingsReopened),
                "Findings, fixed": toNumber(counts.findingsFixed),
                "Findings, unchanged": toNumber(counts.findingsUnchanged),
                "Assets, new": toNumber(counts.assetsNew),
                "Assets, merged": toNumber(counts.assetsMerged),
                "OT hosts, new": toNumber(counts.hostsNew),
                "OT hosts, updated": toNumber(counts.hostsUpdated),
                "Records refused": toNumber(counts.recordsRefused),
                Warnings: toNumber(counts.warnings),
              }}
            />
          </Panel>
        </Grid.Col>
      </Grid>
      {issues.length > 0 && (
        <Paper withBorder style={{ overflowX: "auto" }}>
          <RecordTable
            label="Refused and doubted"
            records={issues.map((issue, index) => ({ ...issue, number: index }))}
            keyOf={({ number }) => String(number)}
            columns={[
              {
                label: "Level",
                render: ({ level }) => <Mark band={level === "refused" ? "high" : "medium"}>{level}</Mark>,
              },
              { label: "Where", render: ({ location }) => <span className="mono">{location}</span> },
              { label: "What", isWide: true, render: ({ message }) => message },
              { label: "Code", render: ({ code }) => <span className="mono">{code}</span> },
            ]}
          />
        </Paper>
      )}
    </Page>
  );
}
