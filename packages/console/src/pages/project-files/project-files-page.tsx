import { ApiError, otProjectfileList, type ResultOf } from "@breakwater/client";
import { projectFileTable } from "@breakwater/domain/query/index";
import { RecordLink } from "../../parts/links.tsx";
import { Status } from "../../parts/marks.tsx";
import type { PageRequest } from "../../parts/search/page-request.ts";
import type { RecordPage } from "../../parts/search/paging.tsx";
import { toOtQuery, toPage } from "../../parts/search/read-page.ts";
import { type SearchKind, SearchList } from "../../parts/search/search-list.tsx";
import { Time, toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";

type ProjectFile = ResultOf<typeof otProjectfileList>[number];

const kind: SearchKind<ProjectFile> = {
  title: "Project files",
  id: otProjectfileList.id,
  table: projectFileTable,
  hint: 'vendor:Rockwell AND engineeringToolName:"Studio 5000"',
  defaultSort: "lastUpdated:desc",
  examples: [
    ["Not read as a whole", "status:[PARTIAL, FAILED]"],
    ["Without hosts", "assetCount:0"],
    ["This month", "lastUpdated>now-1M"],
  ],
  keyOf: ({ id }) => id,
  columns: [
    {
      label: "File",
      sortBy: "name",
      isWide: true,
      render: ({ id, name, vendor }) => (
        <>
          <RecordLink to="/ot/files/$projectFileId" params={{ projectFileId: id }}>
            {name}
          </RecordLink>
          <div className="quiet">{vendor}</div>
        </>
      ),
    },
    { label: "Status", sortBy: "status", render: ({ status }) => <Status value={status} /> },
    {
      label: "Engineering tool",
      sortBy: "engineeringToolName",
      render: ({ engineeringToolName, engineeringToolVersion }) =>
        [engineeringToolName, engineeringToolVersion].filter(Boolean).join(" "),
    },
    { label: "Plant", sortBy: "plantLocation", render: ({ plantLocation }) => plantLocation },
    { label: "Hosts", sortBy: "assetCount", isRight: true, render: ({ assetCount }) => toNumber(assetCount) },
    { label: "Sent by", sortBy: "uploadedBy", render: ({ uploadedBy }) => uploadedBy },
    { label: "Last updated", sortBy: "lastUpdated", render: ({ lastUpdated }) => <Time at={lastUpdated} /> },
  ],
  read: readFiles,
};

/** Of this list the API says 404 where there is no file at all (ot.md 1), which is a list without records like others. */
async function readFiles(request: PageRequest): Promise<RecordPage<ProjectFile>> {
  try {
    const answer = await call(otProjectfileList, { query: toOtQuery(request), signal: request.signal });
    return toPage(answer, await answer.json());
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { records: [], count: 0, next: undefined };
    throw error;
  }
}

export function ProjectFilesPage() {
  return <SearchList kind={kind} />;
}
