import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** Announcements, ends of service and of life, and release notes as a feed: platform.md 6. */
export const notificationsFeedGet = defineOperation({
  id: "notifications.feed.get",
  method: "GET",
  versions: { "1.0": "/notifications/api/feed" },
  summary: "Feed of API notifications",
  access: "public",
  query: Type.Object({
    format: Type.Optional(
      Type.Enum(["rss", "atom", "json"], { description: "Default: what Accept prefers, else rss" }),
    ),
  }),
  responses: {
    200: { description: "RSS 2.0, Atom 1.0 or JSON Feed 1", contentType: "application/rss+xml" },
    304: { description: "Unchanged since the ETag or time that was sent" },
  },
});
