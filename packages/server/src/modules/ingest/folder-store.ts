import { BROKEN_FEED_ISSUES, FEED_FORMATS } from "@breakwater/contract";
import type { Rhythm } from "@breakwater/domain/schedule/index";
import { sql } from "kysely";
import type { Database } from "../../db/pool.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import type { JobKey } from "../../jobs/index.ts";
import type { FolderFile } from "./watched-folder.ts";

export type FolderRow = {
  connection_id: number;
  folder: string;
  rhythm: Rhythm;
  next_poll_at: Date;
  last_poll_at: Date | null;
  imported_count: number;
  waiting_count: number;
  last_fault: string | null;
};

export async function findFolderRow(db: ScopedDb, connectionId: number): Promise<FolderRow | undefined> {
  const { rows } = await sql<FolderRow>`
    SELECT connection_id, folder, rhythm, next_poll_at, last_poll_at, imported_count, waiting_count, last_fault
    FROM connection_folder WHERE subscription_id = ${db.subscriptionId} AND connection_id = ${connectionId}`.execute(
    db.write,
  );
  return rows[0];
}

export type FailedImport = { importId: string; fileName: string; date: Date; message: string };

const SHOWN_FAILURES = 10;

/** Imports of the folder's files since then that are no success, as `isFailure` of the command line has it. */
export async function listFailedImports(db: ScopedDb, connectionId: number, since: Date): Promise<FailedImport[]> {
  const { rows } = await sql<FailedImport>`
    WITH newest AS (
      SELECT DISTINCT ON (j.file_name) j.* FROM connection c JOIN import_job j ON j.subscription_id = c.subscription_id
        AND j.created_by = 'connection:' || c.name AND j.created_at >= greatest(c.created_at, ${since}::timestamptz)
      WHERE c.subscription_id = ${db.subscriptionId} AND c.id = ${connectionId} AND j.status IN ('COMPLETED', 'FAILED')
      ORDER BY j.file_name, j.created_at DESC)
    SELECT n.id AS "importId", n.file_name AS "fileName", n.created_at AS date,
      coalesce(i.broken, n.message, 'more was refused or doubted than is listed: a part of the feed may be missing') AS message
    FROM newest n, LATERAL (
      SELECT min(message) FILTER (WHERE code = ANY (${BROKEN_FEED_ISSUES}::text[])) AS broken, count(*) AS listed
      FROM import_issue WHERE subscription_id = n.subscription_id AND job_id = n.id) i
    WHERE n.status = 'FAILED' OR i.broken IS NOT NULL OR (n.format = ANY (${FEED_FORMATS}::text[])
      AND coalesce((n.counts->>'recordsRefused')::bigint, 0) + coalesce((n.counts->>'warnings')::bigint, 0) > i.listed)
    ORDER BY n.created_at DESC, n.id LIMIT ${SHOWN_FAILURES}`.execute(db.read);
  return rows;
}

/** What was seen in a former folder is forgotten. */
export async function saveFolder(
  tx: ScopedDb,
  connectionId: number,
  next: { folder: string; rhythm: Rhythm; nextPollAt: Date },
): Promise<void> {
  await sql`
    DELETE FROM connection_file f USING connection_folder w
    WHERE w.subscription_id = ${tx.subscriptionId} AND w.connection_id = ${connectionId} AND w.folder <> ${next.folder}
      AND f.subscription_id = w.subscription_id AND f.connection_id = w.connection_id`.execute(tx.write);
  await sql`
    INSERT INTO connection_folder (subscription_id, connection_id, folder, rhythm, next_poll_at)
    VALUES (${tx.subscriptionId}, ${connectionId}, ${next.folder}, ${JSON.stringify(next.rhythm)}::jsonb,
            ${next.nextPollAt})
    ON CONFLICT (subscription_id, connection_id) DO UPDATE SET folder = excluded.folder, rhythm = excluded.rhythm,
      next_poll_at = excluded.next_poll_at`.execute(tx.write);
}

/** @returns false when there is none */
export async function askForPoll(tx: ScopedDb, connectionId: number, at: Date): Promise<boolean> {
  const { rows } = await sql`
    UPDATE connection_folder SET next_poll_at = ${at}
    WHERE subscription_id = ${tx.subscriptionId} AND connection_id = ${connectionId} RETURNING folder`.execute(
    tx.write,
  );
  return rows.length > 0;
}

/** @returns false when there was none */
export async function deleteFolder(tx: ScopedDb, connectionId: number): Promise<boolean> {
  const { rows } = await sql`
    DELETE FROM connection_folder
    WHERE subscription_id = ${tx.subscriptionId} AND connection_id = ${connectionId} RETURNING folder`.execute(
    tx.write,
  );
  return rows.length > 0;
}

/** What the looks themselves read and write; unscoped, as jobs are. */

export async function listDueFolders(db: Database, now: Date): Promise<JobKey[]> {
  const { rows } = await sql<JobKey>`
    SELECT w.subscription_id AS "subscriptionId", w.connection_id::text AS id FROM connection_folder w
    JOIN connection c ON c.subscription_id = w.subscription_id AND c.id = w.connection_id AND c.deleted_at IS NULL
    WHERE w.next_poll_at <= ${now} ORDER BY w.next_poll_at LIMIT 1000`.execute(db.imports);
  return rows;
}

/** A folder as a look finds it; `dueAt` is its time as it stands in the database. */
export type DueFolder = { folder: string; rhythm: Rhythm; connection: string; dueAt: Date };

/** Undefined when it is gone or not due. */
export async function findDueFolder(
  db: Database,
  { subscriptionId, id }: JobKey,
  now: Date,
): Promise<DueFolder | undefined> {
  const { rows } = await sql<DueFolder>`
    SELECT w.folder, w.rhythm, c.name AS connection, w.next_poll_at AS "dueAt" FROM connection_folder w
    JOIN connection c ON c.subscription_id = w.subscription_id AND c.id = w.connection_id AND c.deleted_at IS NULL
    WHERE w.subscription_id = ${subscriptionId} AND w.connection_id = ${Number(id)} AND w.next_poll_at <= ${now}`.execute(
    db.imports,
  );
  return rows[0];
}

/**
 * Notes what is there now, and forgets what is not.
 *
 * @returns names of files that wait to be imported, and since when each has been as it is
 */
export async function noteFiles(
  db: Database,
  { subscriptionId, id }: JobKey,
  files: readonly FolderFile[],
  now: Date,
): Promise<Map<string, Date>> {
  const seen = JSON.stringify(files.map(({ name, stamp }) => ({ name, stamp })));
  const isOfFolder = sql`f.subscription_id = ${subscriptionId} AND f.connection_id = ${Number(id)}`;
  return db.imports.transaction().execute(async (tx) => {
    await sql`
      DELETE FROM connection_file f WHERE ${isOfFolder}
        AND NOT EXISTS (SELECT FROM json_to_recordset(${seen}::json) AS x(name text) WHERE x.name = f.name)`.execute(
      tx,
    );
    await sql`
      INSERT INTO connection_file AS f (subscription_id, connection_id, name, stamp, seen_at)
      SELECT w.subscription_id, w.connection_id, x.name, x.stamp, ${now}::timestamptz
      FROM connection_folder w, json_to_recordset(${seen}::json) AS x(name text, stamp text)
      WHERE w.subscription_id = ${subscriptionId} AND w.connection_id = ${Number(id)}
      ON CONFLICT (subscription_id, connection_id, name) DO UPDATE SET stamp = excluded.stamp, seen_at = excluded.seen_at,
        is_done = false WHERE f.stamp <> excluded.stamp`.execute(tx);
    const { rows } = await sql<{ name: string; seen_at: Date }>`
      SELECT f.name, f.seen_at FROM connection_file f WHERE ${isOfFolder} AND NOT f.is_done`.execute(tx);
    return new Map(rows.map((row) => [row.name, row.seen_at]));
  });
}

export async function markFileDone(tx: ScopedDb, connectionId: number, { name, stamp }: FolderFile): Promise<void> {
  await sql`
    UPDATE connection_file SET is_done = true WHERE subscription_id = ${tx.subscriptionId}
      AND connection_id = ${connectionId} AND name = ${name} AND stamp = ${stamp}`.execute(tx.write);
}

/** Whether the connection has imported that content, by whatever way, and not in vain. What was not read yet tells its name only. */
export async function hasImported(
  tx: ScopedDb,
  connection: { id: number; name: string; created_at: Date },
  sha256: string,
): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM import_job WHERE subscription_id = ${tx.subscriptionId} AND file_sha256 = ${sha256}
      AND (connection_id = ${connection.id} OR (connection_id IS NULL
        AND lower(connection_name) = lower(${connection.name}) AND created_at >= ${connection.created_at}))
      AND status <> 'FAILED' LIMIT 1`.execute(tx.write);
  return rows.length > 0;
}

export async function countUnfinished(db: Database, subscriptionId: number, connection: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM import_job WHERE subscription_id = ${subscriptionId}
      AND lower(connection_name) = lower(${connection}) AND status IN ('REQUESTED', 'IN_PROGRESS')`.execute(db.imports);
  return rows[0]?.count ?? 0;
}

export type PollResult = { imported: number; waiting: number; fault: string | null };

/** What was set or asked for meanwhile stays: a look at that is still to come. */
export async function savePoll(
  db: Database,
  { subscriptionId, id }: JobKey,
  { folder, dueAt }: DueFolder,
  poll: PollResult & { at: Date; nextAt: Date },
): Promise<void> {
  await sql`
    UPDATE connection_folder SET last_poll_at = ${poll.at}, next_poll_at = ${poll.nextAt},
      imported_count = ${poll.imported}, waiting_count = ${poll.waiting}, last_fault = ${poll.fault}
    WHERE subscription_id = ${subscriptionId} AND connection_id = ${Number(id)} AND folder = ${folder}
      AND next_poll_at = ${dueAt}`.execute(db.imports);
}
