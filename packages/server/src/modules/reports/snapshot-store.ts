import { type CompiledQuery, type RawBuilder, sql } from "kysely";
import type pg from "pg";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import type { JobKey } from "../../jobs/index.ts";
import {
  type FindingPlace,
  findingTablesAsNeeded,
  matchingFindings,
  type RunQuery,
  selectFindingRows,
} from "../findings-read/index.ts";
import type { ReportOrder } from "./job-store.ts";

/** A session within a snapshot. */
export type SnapshotSession = { client: pg.Client; run: RunQuery };

/** The findings of a report as they were at one instant, in parts. */
export type Snapshot = {
  count: number;
  parts: readonly SnapshotPart[];
  session: SnapshotSession;
  /** By which {@link joinSnapshot} finds it, as long as `withSnapshot` works. */
  id: string;
};

/** `select` gives the part's findings, for `FindingReader`. */
export type SnapshotPart = { ordinal: number; records: number; select: Pick<CompiledQuery, "sql" | "parameters"> };

/** How findings are cut into parts; `maxCount`: stop there, to learn cheaply that there are more. */
type SnapshotOptions = { partRecords: number; maxCount?: number; signal: AbortSignal };

/**
 * Takes a snapshot and hands it to `work`: one REPEATABLE READ transaction in a session of its own, which ends with it.
 * Aborting the signal cancels the statement that runs.
 */
export async function withSnapshot<T>(
  db: Database,
  order: ReportOrder & { key: JobKey },
  options: SnapshotOptions,
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  const client = await db.connect();
  const cancel = cancelWith(db, await readPid(client), options.signal);
  try {
    options.signal.throwIfAborted();
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const session = await prepareSession(db, client);
    const { count, parts } = await findParts(db, session, order, options);
    options.signal.throwIfAborted();
    const [exported] = await session.run(sql<{ id: string }>`SELECT pg_export_snapshot() AS id`);
    return await work({ count, parts, session, id: exported!.id });
  } finally {
    cancel.stop();
    await client.end();
  }
}

/** Another session in the same snapshot; ended with `client.end()`, or when the database is closed. */
export async function joinSnapshot(db: Database, id: string): Promise<SnapshotSession> {
  const client = await db.connect();
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await client.query(`SET TRANSACTION SNAPSHOT ${client.escapeLiteral(id)}`);
  return prepareSession(db, client);
}

async function prepareSession(db: Database, client: pg.Client): Promise<SnapshotSession> {
  await client.query("SET LOCAL work_mem = '64MB'");
  // A report takes as long as it takes, and its session waits while others make parts.
  await client.query("SET LOCAL statement_timeout = 0");
  await client.query("SET LOCAL idle_in_transaction_session_timeout = 0");
  return {
    client,
    run: async <Row>(query: RawBuilder<Row>) => {
      const compiled = query.compile(db.write);
      return (await client.query(compiled.sql, [...compiled.parameters])).rows as Row[];
    },
  };
}

export async function readPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return rows[0]!.pid;
}

/** Cancels what a session is asked when the signal aborts. */
export function cancelWith(db: Database, pid: number, signal: AbortSignal): { stop(): void } {
  const cancel = () => void sql`SELECT pg_cancel_backend(${pid})`.execute(db.write).catch(() => undefined);
  signal.addEventListener("abort", cancel);
  return { stop: () => signal.removeEventListener("abort", cancel) };
}

type Cut = { count: number; starts: FindingPlace[] | null };

/** Counts the matches and finds the place of the first of each part. */
async function findParts(
  db: Database,
  { run }: SnapshotSession,
  order: ReportOrder & { key: JobKey },
  { partRecords, maxCount }: SnapshotOptions,
): Promise<Pick<Snapshot, "count" | "parts">> {
  const scoped = scopeTo(db, { subscriptionId: order.key.subscriptionId, scope: order.scope });
  const matches = matchingFindings(scoped, order, order.createdAt);
  const [cut] = await run(sql<Cut>`
    SELECT count(*) AS count, json_agg(json_build_object('assetId', m.asset_id, 'fingerprint', m.fingerprint) ORDER BY m.number)
      FILTER (WHERE (m.number - 1) % ${partRecords} = 0) AS starts
    FROM (
      SELECT f.asset_id, f.fingerprint, row_number() OVER (ORDER BY f.asset_id, f.fingerprint) AS number
      FROM ${findingTablesAsNeeded} WHERE ${matches} LIMIT ${maxCount ?? null}::bigint
    ) m`);
  const { count, starts } = cut as Cut;
  const parts = (starts ?? []).map((first, index, all) => ({
    ordinal: index + 1,
    records: Math.min(partRecords, count - index * partRecords),
    select: selectFindingRows(matches, { first, end: all[index + 1] }).compile(db.write),
  }));
  return { count, parts };
}
