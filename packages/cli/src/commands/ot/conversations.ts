import { otNetworkList, type ResultOf } from "@breakwater/client";
import type { PagedList } from "../../paged-list.ts";

type Conversation = ResultOf<typeof otNetworkList>[number];

export const CONVERSATIONS: PagedList<Conversation> = {
  many: "conversations",
  maxPageSize: 100,
  examples: { filter: "network.protocol:s7comm", sort: "network.lastSeen:desc" },
  columns: [
    ["Network", (talk) => talk.network],
    ["Client", ({ client }) => client.name ?? client.address],
    ["Server", ({ server }) => server.name ?? server.address],
    ["Transport", (talk) => talk.transport],
    ["Port", ({ server }) => server.port],
    ["Protocol", (talk) => talk.protocol],
    ["First seen", (talk) => talk.firstSeen],
    ["Last seen", (talk) => talk.lastSeen],
  ],
  read: async (session, query) => {
    const answer = await session.call(otNetworkList, { query });
    return { rows: await answer.json(), headers: answer.headers, count: answer.count };
  },
};
