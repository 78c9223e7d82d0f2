import { etmTrendGet } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Clock } from "../../context.ts";
import { getTrend } from "./service.ts";
import { toTrendDay } from "./views.ts";

export function trendRoutes(clock: Clock): readonly Binding[] {
  return [
    bind(etmTrendGet, async ({ db, query }) => {
      const days = await getTrend(db, query, clock());
      return { value: days.map(toTrendDay), count: days.length };
    }),
  ];
}
