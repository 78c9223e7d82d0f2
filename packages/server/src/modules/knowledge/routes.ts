import { etmFeedList } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Clock } from "../../context.ts";
import { readFeeds } from "./feed-store.ts";
import { toFeeds } from "./views.ts";

export function knowledgeRoutes(clock: Clock): readonly Binding[] {
  return [
    bind(etmFeedList, async ({ db }) => {
      const feeds = toFeeds(await readFeeds(db.read), clock());
      return { value: feeds, count: feeds.length };
    }),
  ];
}
