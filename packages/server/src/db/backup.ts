import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress } from "node:zlib";
import type pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { type BackupHeader, type BackupTable, encodeFrames, type Frame, jsonFrame } from "./backup-format.ts";
import { listAppliedMigrations, migrationLockKey } from "./migrate.ts";

export type BackupSummary = { level: number; tables: number; rows: number };

/**
 * Writes a consistent backup to `out` and ends it: one snapshot of all tables and the sequences, while others go on
 * reading and writing. Migrations wait until it is done. The job queue is left out: it is rebuilt from the jobs' own rows.
 */
export async function backupDatabase(
  db: { connect(): Promise<pg.Client> },
  out: Writable,
  options: { signal?: AbortSignal } = {},
): Promise<BackupSummary> {
  const client = await db.connect();
  try {
    await client.query("SET statement_timeout = 0");
    await client.query("SELECT pg_advisory_lock_shared($1)", [migrationLockKey]);
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const header = await readHeader(client);
    const summary: BackupSummary = { level: header.level, tables: header.tables.length, rows: 0 };
    const zstd = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } });
    await pipeline(Readable.from(encodeFrames(produceFrames(client, header, summary))), zstd, out, {
      ...(options.signal && { signal: options.signal }),
    });
    return summary;
  } finally {
    // Ends the transaction and frees the lock as well.
    await client.end();
  }
}

async function readHeader(client: pg.Client): Promise<BackupHeader> {
  const about = await client.query<{ created_at: Date; version: string }>(
    "SELECT now() AS created_at, current_setting('server_version') AS version",
  );
  const migrations = await listAppliedMigrations(client);
  return {
    formatVersion: 1,
    createdAt: about.rows[0]?.created_at.toISOString() ?? "",
    postgresVersion: about.rows[0]?.version ?? "",
    level: migrations.at(-1)?.number ?? 0,
    migrations,
    tables: await listTables(client),
    sequences: await listSequences(client),
  };
}

async function* produceFrames(client: pg.Client, header: BackupHeader, summary: BackupSummary): AsyncGenerator<Frame> {
  yield jsonFrame("H", header);
  for (const [index, { name, columns }] of header.tables.entries()) {
    yield jsonFrame("T", { index });
    // The form with a query reads a partitioned table through its root.
    const copy = client.query(copyTo(`COPY (SELECT ${columns.join(", ")} FROM ${name}) TO STDOUT`));
    for await (const chunk of copy) yield { type: "D", payload: chunk as Buffer };
    summary.rows += copy.rowCount;
    yield jsonFrame("E", { rows: copy.rowCount });
  }
}

const ownSchemas = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'graphile_worker')";

/** The tables whose rows are the product's, with the columns that can be written; not the migration history. */
export async function listTables(client: pg.ClientBase): Promise<BackupTable[]> {
  const { rows } = await client.query<BackupTable>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
      (SELECT array_agg(quote_ident(attname) ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '')::text[] AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND ${ownSchemas} AND c.relname <> 'schema_migration'
    ORDER BY n.nspname, c.relname`);
  return rows;
}

async function listSequences(client: pg.ClientBase): Promise<BackupHeader["sequences"]> {
  const { rows } = await client.query<{ name: string; step: string }>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name, s.seqincrement::text AS step
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${ownSchemas} ORDER BY n.nspname, c.relname`);
  const sequences: BackupHeader["sequences"] = [];
  for (const { name, step } of rows) {
    // Sequences are outside of the snapshot: read after it was taken, they can only be ahead of its rows.
    const at = await client.query<{ next: string }>(
      `SELECT (CASE WHEN is_called THEN last_value + ${step} ELSE last_value END)::text AS next FROM ${name}`,
    );
    sequences.push({ name, nextValue: at.rows[0]?.next ?? "1" });
  }
  return sequences;
}
