import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** The feed for readers that can be given only an address: platform.md 6. */
export const notificationsFeedFile = defineOperation({
  id: "notifications.feed.file",
  method: "GET",
  versions: { "1.0": "/notifications/api/feed.:format" },
  summary: "Feed of API notifications by extension",
  access: "public",
  params: Type.Object({ format: Type.Enum(["rss", "atom", "json"]) }),
  responses: {
    200: { description: "RSS 2.0, Atom 1.0 or JSON Feed 1", contentType: "application/rss+xml" },
    304: { description: "Unchanged since the ETag or time that was sent" },
  },
});
