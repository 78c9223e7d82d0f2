import {
  adminReleaseNoteCreate,
  adminReleaseNoteDelete,
  adminReleaseNoteList,
  notificationsFeedFile,
  notificationsFeedGet,
} from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Config } from "../../config/config.ts";
import { toBaseUrl } from "../platforms/index.ts";
import { answerFeed, type Headers, negotiateFormat } from "./answer-feed.ts";
import type { FeedFormat } from "./render-feed.ts";
import { createNote, type NoteParts, readFeedSource, removeNote } from "./service.ts";
import { listNotes } from "./store.ts";
import { toReleaseNote } from "./views.ts";

const MAX_LISTED = 1000;
const FEED_PATH = "/notifications/api/feed";

export function notificationRoutes(parts: NoteParts, config: Config): readonly Binding[] {
  const answer = async (headers: Headers, format: FeedFormat, path: string) => {
    const request = { headers, format, path, baseUrl: toBaseUrl(config, headers), nowMs: parts.clock() };
    return answerFeed(await readFeedSource(parts.db), request);
  };
  return [
    bind(notificationsFeedGet, ({ headers, query: { format } }) =>
      format
        ? answer(headers, format, `${FEED_PATH}?format=${format}`)
        : answer(headers, negotiateFormat(headers), FEED_PATH),
    ),
    bind(notificationsFeedFile, ({ headers, params: { format } }) => answer(headers, format, `${FEED_PATH}.${format}`)),
    bind(adminReleaseNoteList, async ({ db, caller }) => {
      const rows = await listNotes(db.read, MAX_LISTED);
      return { value: rows.map((row) => toReleaseNote(row, caller)), count: rows.length };
    }),
    bind(adminReleaseNoteCreate, async ({ db, caller, address, body }) => {
      return { value: toReleaseNote(await createNote(db, parts, { caller, address }, body), caller) };
    }),
    bind(adminReleaseNoteDelete, async ({ db, caller, address, params }) => {
      await removeNote(db, parts, { caller, address }, params.noteId);
      return { empty: true };
    }),
  ];
}
