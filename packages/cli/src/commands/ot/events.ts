import { otEventList, type ResultOf } from "@breakwater/client";
import type { PagedList } from "../../paged-list.ts";

type Event = ResultOf<typeof otEventList>[number];

export const EVENTS: PagedList<Event> = {
  many: "events",
  maxPageSize: 100,
  examples: { filter: "event.kind:PROGRAM_DOWNLOAD", sort: "event.started:desc" },
  columns: [
    ["Event", (event) => event.id],
    ["Started", (event) => event.started],
    ["Kind", (event) => event.kind],
    ["Protocol", (event) => event.protocol],
    ["From", ({ client }) => client.name ?? client.address],
    ["To", ({ server }) => server.name ?? server.address],
    ["Messages", (event) => event.messageCount],
    ["Detail", (event) => event.detail],
  ],
  read: async (session, query) => {
    const answer = await session.call(otEventList, { query });
    return { rows: await answer.json(), headers: answer.headers, count: answer.count };
  },
};
