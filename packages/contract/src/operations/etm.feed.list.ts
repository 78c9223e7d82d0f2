import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Feed } from "../schemas/feed.ts";

/** Dates and ages of the knowledge feeds: etm.md 6. */
export const etmFeedList = defineOperation({
  id: "etm.feed.list",
  method: "GET",
  versions: { "1.0": "/etm/1.0/feed/list" },
  summary: "List knowledge feeds",
  description: "Every kind, also what was never loaded. The operator loads feeds as imports (POST /ingest/1.0/import).",
  access: { permission: "ETM API Access" },
  hasCountHeader: true,
  responses: { 200: { description: "The feeds", schema: Type.Array(Feed) } },
});
