import {
  adminReleaseNoteCreate,
  adminReleaseNoteDelete,
  adminReleaseNoteList,
  notificationsFeedFile,
  notificationsFeedGet,
} from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { answerFeed, type Headers, negotiateFormat } from "./answer-feed.ts";
import { cacheFeedSource } from "./feed-cache.ts";
import type { FeedFormat } from "./render-feed.ts";
import { createNote, type NoteParts, readFeedSource, removeNote } from "./service.ts";
import { listNotes } from "./store.ts";
import { toReleaseNote } from "./views.ts";

type FeedInput = { headers: Headers; origin: string };

const MAX_LISTED = 1000;
const FEED_PATH = "/notifications/api/feed";

export function notificationRoutes(parts: NoteParts): readonly Binding[] {
  const source = cacheFeedSource(() => readFeedSource(parts.db));
  const answer = async ({ headers, origin }: FeedInput, format: FeedFormat, path: string) =>
    answerFeed(await source.read(), { headers, format, path, baseUrl: origin, nowMs: parts.clock() });
  return [
    bind(notificationsFeedGet, (input) => {
      const { format } = input.query;
      if (format) return answer(input, format, `${FEED_PATH}?format=${format}`);
      return answer(input, negotiateFormat(input.headers), FEED_PATH);
    }),
    bind(notificationsFeedFile, (input) => answer(input, input.params.format, `${FEED_PATH}.${input.params.format}`)),
    bind(adminReleaseNoteList, async ({ db, caller }) => {
      const rows = await listNotes(db.read, MAX_LISTED);
      return { value: rows.map((row) => toReleaseNote(row, caller)), count: rows.length };
    }),
    bind(adminReleaseNoteCreate, async ({ db, caller, address, body }) => {
      const row = await createNote(db, parts, { caller, address }, body);
      source.forget();
      return { value: toReleaseNote(row, caller) };
    }),
    bind(adminReleaseNoteDelete, async ({ db, caller, address, params }) => {
      await removeNote(db, { caller, address }, params.noteId);
      source.forget();
      return { empty: true };
    }),
  ];
}
