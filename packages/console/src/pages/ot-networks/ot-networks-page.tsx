import { otNetworkList, type ResultOf } from "@breakwater/client";
import { otConversationTable } from "@breakwater/domain/query/index";
import { EndCell } from "../../parts/end-cell.tsx";
import { toOtQuery, toPage } from "../../parts/search/read-page.ts";
import { type SearchKind, SearchList } from "../../parts/search/search-list.tsx";
import { Time } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";

type Conversation = ResultOf<typeof otNetworkList>[number];

const kind: SearchKind<Conversation> = {
  title: "Networks",
  id: otNetworkList.id,
  table: otConversationTable,
  hint: "network.protocol:s7comm AND network.client.address:192.168.20.0/24",
  defaultSort: "network.lastSeen:desc",
  examples: [
    ["New this week", "network.firstSeen>now-7d"],
    ["From who is no host", "network.client.assetId is null"],
    ["Controllers asked by s7comm", "network.protocol:s7comm"],
  ],
  keyOf: ({ network, client, server, transport }) =>
    `${network} ${client.address} ${server.address} ${server.port} ${transport}`,
  columns: [
    { label: "Client", sortBy: "network.client.address", render: ({ client }) => <EndCell end={client} /> },
    {
      label: "Server",
      sortBy: "network.server.address",
      render: ({ server }) => <EndCell end={server} port={server.port} />,
    },
    { label: "Protocol", sortBy: "network.protocol", render: ({ protocol }) => protocol ?? "–" },
    { label: "Transport", sortBy: "network.transport", render: ({ transport }) => transport },
    { label: "Network", sortBy: "network.network", render: ({ network }) => network },
    { label: "First seen", sortBy: "network.firstSeen", render: ({ firstSeen }) => <Time at={firstSeen} isExact /> },
    { label: "Last seen", sortBy: "network.lastSeen", render: ({ lastSeen }) => <Time at={lastSeen} isExact /> },
  ],
  read: async (request) => {
    const answer = await call(otNetworkList, { query: toOtQuery(request), signal: request.signal });
    return toPage(answer, await answer.json());
  },
};

export function OtNetworksPage() {
  return <SearchList kind={kind} />;
}
