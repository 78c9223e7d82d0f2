import type { Issue } from "@breakwater/formats/records";
import { type RawBuilder, type SqlBool, sql, type Transaction } from "kysely";
import type { Caller } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import type { JobKey } from "../../jobs/index.ts";
import type { ConnectionCsvMapping } from "./csv-mapping.ts";
import type { Checkpoint, ImportConnection, ImportCounts } from "./sink.ts";

export type ImportStatus = "REQUESTED" | "IN_PROGRESS" | "COMPLETED" | "FAILED";

export type ImportJobRow = {
  id: string;
  status: ImportStatus;
  file_name: string | null;
  file_bytes: number;
  connection_name: string | null;
  created_by: string;
  created_at: Date;
  started_at: Date | null;
  completed_at: Date | null;
  format: string | null;
  bytes_read: number;
  counts: Partial<ImportCounts>;
  message: string | null;
};

export type IssueRow = { level: "refused" | "warning"; code: string; location: string; message: string };

export type NewImport = {
  id: string;
  fileName: string | null;
  bytes: number;
  sha256: string;
  connection: string | null;
  createdBy: string;
  createdAt: number;
  /** Kinds of file that are taken in; null: any. */
  acceptedKinds: readonly string[] | null;
  /** Of a project file that tells none itself. */
  plantLocation: string | null;
};

type Viewer = Pick<Caller, "username">;

/** Where a job stands: which member of the file, its sink's own checkpoint, and the issues stored so far. */
export type JobCheckpoint = {
  member: number;
  sink: Checkpoint;
  /** Issues stored, and those of them that came before this member. */
  issues: number;
  issuesBefore: number;
  /** The connection that the upload named. The job's own tells from the first commit on which was the first written to. */
  asked: string | null;
};

/** A job as a worker has taken it. */
export type ClaimedImport = {
  attempt: number;
  idleAttempts: number;
  /** As the upload named it; null: one for each product that the file tells of. */
  connectionName: string | null;
  fileName: string | null;
  fileHash: string;
  createdBy: string;
  acceptedKinds: string[] | null;
  plantLocation: string | null;
  /** Of the connection, as it was when the file was uploaded. */
  csvMapping: ConnectionCsvMapping | null;
  createdAt: number;
  bytesRead: number;
  checkpoint: Partial<JobCheckpoint>;
  counts: Partial<ImportCounts>;
};

const columns = sql`id, status, file_name, file_bytes, connection_name, created_by, created_at, started_at, completed_at,
  format, bytes_read, counts, message`;

export async function insertImport(db: ScopedDb, job: NewImport): Promise<ImportJobRow> {
  const { rows } = await sql<ImportJobRow>`
    INSERT INTO import_job (subscription_id, id, status, file_name, file_bytes, file_sha256, connection_name, created_by,
                            created_at, accepted_kinds, plant_location, csv_mapping)
    VALUES (${db.subscriptionId}, ${job.id}, 'REQUESTED', ${job.fileName}, ${job.bytes}, ${job.sha256}, ${job.connection},
            ${job.createdBy}, ${new Date(job.createdAt)}, ${job.acceptedKinds}, ${job.plantLocation},
            (SELECT csv_mapping FROM connection WHERE subscription_id = ${db.subscriptionId}
               AND lower(name) = lower(${job.connection}) AND deleted_at IS NULL))
    RETURNING ${columns}`.execute(db.write);
  return rows[0] as ImportJobRow;
}

/**
 * Which imports a caller sees: a file may tell of any asset, so that without full scope these are the caller's own.
 */
function importSeenBy(db: ScopedDb, viewer: Viewer): RawBuilder<SqlBool> {
  if (db.scope.kind === "all") return sql`subscription_id = ${db.subscriptionId}`;
  return sql`subscription_id = ${db.subscriptionId} AND created_by = ${viewer.username}`;
}

/** @param options.isRestricted only one that was made for captures or project files */
export async function findImport(
  db: ScopedDb,
  viewer: Viewer,
  id: string,
  options: { isRestricted?: boolean } = {},
): Promise<ImportJobRow | undefined> {
  const isMeant = options.isRestricted ? sql`accepted_kinds && ARRAY['capture', 'projectfile']` : sql`TRUE`;
  const { rows } = await sql<ImportJobRow>`
    SELECT ${columns} FROM import_job WHERE ${importSeenBy(db, viewer)} AND id = ${id} AND ${isMeant}`.execute(db.read);
  return rows[0];
}

export async function listImports(db: ScopedDb, viewer: Viewer, { offset, limit }: { offset: number; limit: number }) {
  const { rows } = await sql<ImportJobRow>`
    SELECT ${columns} FROM import_job WHERE ${importSeenBy(db, viewer)}
    ORDER BY created_at DESC, id OFFSET ${offset} LIMIT ${limit}`.execute(db.read);
  const { rows: totals } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM import_job WHERE ${importSeenBy(db, viewer)}`.execute(db.read);
  return { jobs: rows, count: totals[0]?.count ?? 0 };
}

/** @param id of a job that {@link findImport} has shown to the caller */
export async function listIssues(db: ScopedDb, id: string, limit: number): Promise<IssueRow[]> {
  const { rows } = await sql<IssueRow>`
    SELECT level, code, location, message FROM import_issue
    WHERE subscription_id = ${db.subscriptionId} AND job_id = ${id} ORDER BY ordinal LIMIT ${limit}`.execute(db.read);
  return rows;
}

export async function listUnfinishedImports(db: Database): Promise<JobKey[]> {
  const { rows } = await sql<JobKey>`
    SELECT subscription_id AS "subscriptionId", id FROM import_job
    WHERE status IN ('REQUESTED', 'IN_PROGRESS') ORDER BY created_at`.execute(db.imports);
  return rows;
}

/**
 * Takes a job that has not ended; undefined when it has, or is too young. Commits of whoever had it before are refused
 * from now on.
 *
 * @param times epoch ms; `createdBefore` leaves jobs made since then untouched
 */
export async function claimImport(
  db: Database,
  key: JobKey,
  { now, createdBefore }: { now: number; createdBefore?: number },
): Promise<ClaimedImport | undefined> {
  const isOldEnough = createdBefore === undefined ? sql`TRUE` : sql`created_at < ${new Date(createdBefore)}`;
  const { rows } = await sql<Omit<ClaimedImport, "createdAt"> & { createdAt: Date }>`
    UPDATE import_job SET status = 'IN_PROGRESS', started_at = coalesce(started_at, ${new Date(now)}),
      attempt = attempt + 1, idle_attempts = idle_attempts + 1
    WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id} AND status IN ('REQUESTED', 'IN_PROGRESS')
      AND ${isOldEnough}
    RETURNING attempt, idle_attempts AS "idleAttempts", connection_name AS "connectionName", created_at AS "createdAt",
      file_name AS "fileName", file_sha256 AS "fileHash",
      created_by AS "createdBy", accepted_kinds AS "acceptedKinds",
      plant_location AS "plantLocation", csv_mapping AS "csvMapping",
      bytes_read AS "bytesRead", checkpoint, counts`.execute(db.imports);
  const [row] = rows;
  if (!row) return undefined;
  const { asked = row.connectionName } = row.checkpoint;
  return { ...row, connectionName: asked, createdAt: row.createdAt.getTime() };
}

/** Puts back a job that was stopped on purpose, which is not counted against the file. */
export async function releaseImport(db: Database, key: JobKey, attempt: number): Promise<void> {
  await sql`UPDATE import_job SET status = 'REQUESTED', idle_attempts = 0 WHERE status = 'IN_PROGRESS' AND subscription_id = ${key.subscriptionId} AND id = ${key.id}
    AND attempt = ${attempt}`.execute(db.imports);
}

/** Locks the job's row. False when another worker has it. */
export async function holdImport(tx: Transaction<unknown>, key: JobKey, attempt: number): Promise<boolean> {
  const { rows } = await sql`
    SELECT 1 FROM import_job WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id} AND attempt = ${attempt}
      AND status = 'IN_PROGRESS' FOR NO KEY UPDATE`.execute(tx);
  return rows.length === 1;
}

export async function saveProgress(
  tx: Transaction<unknown>,
  key: JobKey,
  progress: {
    checkpoint: JobCheckpoint;
    counts: ImportCounts;
    bytesRead: number;
    format: string | null;
    /** The first that it wrote to. */
    connection: { id: number; name: string } | null;
  },
): Promise<void> {
  await sql`
    UPDATE import_job SET checkpoint = ${JSON.stringify(progress.checkpoint)}::jsonb,
      counts = ${JSON.stringify(progress.counts)}::jsonb, bytes_read = greatest(bytes_read, ${progress.bytesRead}::bigint),
      format = coalesce(format, ${progress.format}), connection_name = coalesce(connection_name, ${progress.connection?.name ?? null}),
      connection_id = coalesce(connection_id, ${progress.connection?.id ?? null}),
      idle_attempts = 0
    WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id}`.execute(tx);
}

/** @param first ordinal of the first issue, from 0 */
export async function insertIssues(
  tx: Transaction<unknown>,
  key: JobKey,
  first: number,
  issues: readonly Issue[],
): Promise<void> {
  if (issues.length === 0) return;
  const rows = issues.map(({ level, code, where, message }, index) => ({
    ordinal: first + index,
    level,
    code,
    where,
    message,
  }));
  await sql`
    INSERT INTO import_issue (subscription_id, job_id, ordinal, level, code, location, message)
    SELECT ${key.subscriptionId}, ${key.id}, x.ordinal, x.level, x.code, x."where", x.message
    FROM json_to_recordset(${JSON.stringify(rows)}::json)
      AS x(ordinal integer, level text, code text, "where" text, message text)`.execute(tx);
}

export async function finishImport(
  tx: Transaction<unknown>,
  key: JobKey,
  outcome: { status: "COMPLETED" | "FAILED"; message: string | null; now: number },
): Promise<void> {
  await sql`
    UPDATE import_job SET status = ${outcome.status}, message = ${outcome.message}, completed_at = ${new Date(outcome.now)},
      checkpoint = '{}'
    WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id}`.execute(tx);
  for (const table of ["import_asset", "import_missing"]) {
    await sql`DELETE FROM ${sql.table(table)} WHERE subscription_id = ${key.subscriptionId} AND job_id = ${key.id}`.execute(
      tx,
    );
  }
}

/** The connection; undefined when it has been deleted. */
export async function findLiveConnection(
  db: Database,
  subscriptionId: number,
  id: number,
): Promise<ImportConnection | undefined> {
  const { rows } = await sql<ImportConnection>`
    SELECT id, product, network, is_complete AND NOT retain_missing AS "closesMissing" FROM connection
    WHERE subscription_id = ${subscriptionId} AND id = ${id} AND deleted_at IS NULL`.execute(db.imports);
  return rows[0];
}

/** The connection of that name, made when there is none; names differ in more than case. */
export async function findOrCreateConnection(
  db: Database,
  subscriptionId: number,
  name: string,
  product: string,
): Promise<ImportConnection> {
  await sql`
    INSERT INTO connection AS c (subscription_id, name, product) VALUES (${subscriptionId}, ${name}, ${product})
    ON CONFLICT (subscription_id, lower(name)) WHERE deleted_at IS NULL DO UPDATE SET product = excluded.product
      WHERE c.product = ''`.execute(db.imports);
  const { rows } = await sql<ImportConnection>`
    SELECT id, ${product}::text AS product, network, is_complete AND NOT retain_missing AS "closesMissing"
    FROM connection
    WHERE subscription_id = ${subscriptionId} AND lower(name) = lower(${name}) AND deleted_at IS NULL`.execute(
    db.imports,
  );
  return rows[0] as ImportConnection;
}
