import { AppError, type adminReleaseNoteCreate, type BodyOf } from "@breakwater/contract";
import type { Clock } from "../../context.ts";
import type { Database, SqlHandle } from "../../db/pool.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import type { JobKey, Jobs, Task } from "../../jobs/index.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { listEntries, listUntold, markTold, parseDate, type StoredEntry } from "../lifecycle/index.ts";
import { assertVisibleName } from "../users/index.ts";
import { publishEvent, wakeWebhooks } from "../webhooks/index.ts";
import type { ReleaseNote } from "./feed-items.ts";
import { SHIPPED_NOTES } from "./shipped-notes.ts";
import { deleteNote, insertNote, listNotes, type NoteRow, readFeedChange } from "./store.ts";

export type NoteParts = { db: Database; clock: Clock; jobs: () => Pick<Jobs, "enqueue"> };

/** Notes of the operator that the feed can show. */
const FEED_NOTES = 100;

export type FeedSource = { entries: readonly StoredEntry[]; notes: readonly ReleaseNote[]; changedAt: number };

/** What the feed is made from, as it stands in one moment. */
export function readFeedSource(db: Database): Promise<FeedSource> {
  return db.read
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (tx) => ({
      changedAt: await readFeedChange(tx),
      entries: await listEntries(tx),
      notes: [...SHIPPED_NOTES, ...(await listNotes(tx, FEED_NOTES)).map(toNote)],
    }));
}

/**
 * Publishes a note: in the feed, and to webhooks.
 *
 * @throws AppError `invalid-parameter` (title, link, date)
 */
export async function createNote(
  db: ScopedDb,
  parts: NoteParts,
  actor: Actor,
  body: BodyOf<typeof adminReleaseNoteCreate>,
): Promise<NoteRow> {
  const nowMs = parts.clock();
  assertVisibleName(body.title, "title");
  const publishedAt = body.date === undefined ? nowMs : parseDate(body.date, "date");
  if (publishedAt > nowMs) throw new AppError("invalid-parameter", "date must not be in the future");
  const note = {
    title: body.title,
    text: body.text,
    link: body.link === undefined ? null : readLink(body.link),
    published_at: new Date(publishedAt),
    created_by: actor.caller.username,
  };
  const row = await db.transaction(async (tx) => {
    const inserted = await insertNote(tx.write, note);
    await tell(tx.write, toNote(inserted), nowMs);
    await audit(tx.write, actor, "admin.release-note.create", inserted);
    return inserted;
  });
  await wakeWebhooks(parts.jobs());
  return row;
}

/** @throws AppError `not-found` */
export async function removeNote(db: ScopedDb, actor: Actor, id: string): Promise<void> {
  await db.transaction(async (tx) => {
    const title = await deleteNote(tx.write, id);
    if (title === undefined) throw new AppError("not-found", `there is no release note ${id}`);
    await audit(tx.write, actor, "admin.release-note.delete", { id, title });
  });
}

/** Tells webhooks of the notes that came with a new release, once for all nodes. */
export function createShippedNotesTask({ db, clock, jobs }: NoteParts): Task {
  const key: JobKey = { subscriptionId: 0, id: "shipped-notes" };
  const guids = SHIPPED_NOTES.map(({ guid }) => guid);
  return {
    name: "release-notes",
    isQuick: true,
    listUnfinished: async () => ((await listUntold(db.read, guids)).length > 0 ? [key] : []),
    async run() {
      await db.write.transaction().execute(async (tx) => {
        const untold = await markTold(tx, guids);
        for (const note of SHIPPED_NOTES) if (untold.has(note.guid)) await tell(tx, note, clock());
      });
      await wakeWebhooks(jobs());
    },
  };
}

function tell(tx: SqlHandle, note: ReleaseNote, nowMs: number): Promise<void> {
  const { guid, title, text, link, publishedAt } = note;
  const data = { id: guid, title, text, link, date: new Date(publishedAt).toISOString() };
  return publishEvent(tx, { subscriptionId: null, type: "release.note", data, nowMs });
}

function toNote(row: NoteRow): ReleaseNote {
  const { id, title, text, link, published_at } = row;
  return { guid: `urn:uuid:${id}`, title, text, link, publishedAt: published_at.getTime() };
}

function readLink(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.href;
  throw new AppError("invalid-parameter", "link must be an http or https URL");
}

function audit(
  tx: SqlHandle,
  actor: Actor,
  action: string,
  { id, title }: Pick<NoteRow, "id" | "title">,
): Promise<void> {
  return recordChange(tx, actor, { action, target: id, detail: { title } });
}
