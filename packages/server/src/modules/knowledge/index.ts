import type { Clock, ServerModule } from "../../context.ts";
import { knowledgeRoutes } from "./routes.ts";

export { FeedSink } from "./feed-sink.ts";
export { isOperatorSubscription } from "./feed-store.ts";

/** What public feeds tell of vulnerabilities: the same for every subscription. */
export function createKnowledgeModule(context: { clock: Clock }): ServerModule {
  return { bindings: knowledgeRoutes(context.clock) };
}
