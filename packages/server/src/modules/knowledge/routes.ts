import { etmFeedList } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Clock } from "../../context.ts";
import { readAdvisoryLoad } from "../advisories/index.ts";
import { readFeeds } from "./feed-store.ts";
import { toFeeds } from "./views.ts";

export function knowledgeRoutes(clock: Clock): readonly Binding[] {
  return [
    bind(etmFeedList, async ({ db }) => {
      const [feeds, advisories] = await Promise.all([readFeeds(db.read), readAdvisoryLoad(db)]);
      const value = toFeeds(advisories ? [...feeds, { kind: "csaf", ...advisories }] : feeds, clock());
      return { value, count: value.length };
    }),
  ];
}
