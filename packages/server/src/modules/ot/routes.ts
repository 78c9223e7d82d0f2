import { otEventList, otHostCount, otHostGet, otHostList, otNetworkList, toOtPage } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Clock } from "../../context.ts";
import { listEvents } from "./event-service.ts";
import { listConversations } from "./network-service.ts";
import { countHosts, listHosts, readHost } from "./service.ts";

export function otRoutes(clock: Clock): readonly Binding[] {
  return [
    bind(otHostList, async ({ db, query }) => {
      return await listHosts(db, query, toOtPage(query), clock());
    }),
    bind(otHostCount, async ({ db, query }) => {
      const count = await countHosts(db, query, clock());
      return { value: { count }, count };
    }),
    bind(otHostGet, async ({ db, params }) => ({ json: await readHost(db, params.hostId) })),
    bind(otEventList, async ({ db, query }) => {
      const { events, count } = await listEvents(db, query, toOtPage(query), clock());
      return { value: events, count };
    }),
    bind(otNetworkList, async ({ db, query }) => {
      const { conversations, count } = await listConversations(db, query, toOtPage(query), clock());
      return { value: conversations, count };
    }),
  ];
}
