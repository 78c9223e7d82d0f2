import { otHostCount, otHostList, toOtPage } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Clock } from "../../context.ts";
import { countHosts, listHosts } from "./service.ts";

export function otRoutes(clock: Clock): readonly Binding[] {
  return [
    bind(otHostList, async ({ db, query }) => {
      const { json, count } = await listHosts(db, query, toOtPage(query), clock());
      return { json: `{"assets":${json}}`, count };
    }),
    bind(otHostCount, async ({ db, query }) => {
      const count = await countHosts(db, query, clock());
      return { value: { count }, count };
    }),
  ];
}
