import { otEventList, type ResultOf } from "@breakwater/client";
import { otEventTable } from "@breakwater/domain/query/index";
import { EndCell } from "../../parts/end-cell.tsx";
import { type Band, Mark } from "../../parts/marks.tsx";
import { toOtQuery, toPage } from "../../parts/search/read-page.ts";
import { type SearchKind, SearchList } from "../../parts/search/search-list.tsx";
import { Time, toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";

type OtEvent = ResultOf<typeof otEventList>[number];

/** What changes a controller or stops it stands out from what only reads it. */
const BANDS: Readonly<Record<OtEvent["kind"], Band>> = {
  FIRMWARE_DOWNLOAD: "critical",
  PROGRAM_DOWNLOAD: "critical",
  STOP: "high",
  RESET: "high",
  MODE_CHANGE: "medium",
  START: "medium",
  PROGRAM_UPLOAD: "low",
};

const kind: SearchKind<OtEvent> = {
  title: "Process-integrity events",
  id: otEventList.id,
  table: otEventTable,
  hint: "event.kind:[STOP, PROGRAM_DOWNLOAD] AND event.started>now-7d",
  defaultSort: "event.started:desc",
  examples: [
    ["Downloads", "event.kind:[PROGRAM_DOWNLOAD, FIRMWARE_DOWNLOAD]"],
    ["Stops and resets", "event.kind:[STOP, RESET]"],
    ["Today", "event.started>now-1d"],
  ],
  keyOf: ({ id }) => String(id),
  columns: [
    {
      label: "What",
      sortBy: "event.kind",
      render: (event) => <Mark band={BANDS[event.kind]}>{event.kind.replaceAll("_", " ").toLowerCase()}</Mark>,
    },
    { label: "Asked by", sortBy: "event.client.address", render: ({ client }) => <EndCell end={client} /> },
    { label: "Of", sortBy: "event.server.address", render: ({ server }) => <EndCell end={server} /> },
    { label: "Protocol", sortBy: "event.protocol", render: ({ protocol }) => protocol },
    { label: "In its own words", isWide: true, render: ({ detail }) => <span className="mono">{detail}</span> },
    {
      label: "Messages",
      sortBy: "event.messageCount",
      isRight: true,
      render: ({ messageCount }) => toNumber(messageCount),
    },
    { label: "Started", sortBy: "event.started", render: ({ started }) => <Time at={started} isExact /> },
    { label: "Frame", isRight: true, render: ({ evidence }) => toNumber(evidence.frame) },
  ],
  read: async (request) => {
    const answer = await call(otEventList, { query: toOtQuery(request), signal: request.signal });
    return toPage(answer, await answer.json());
  },
};

export function OtEventsPage() {
  return <SearchList kind={kind} />;
}
