import { type CompiledQuery, sql } from "kysely";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import type { JobKey } from "../../jobs/index.ts";
import {
  type FindingPlace,
  findingTablesAsNeeded,
  matchingFindings,
  selectFindingRows,
} from "../findings-read/index.ts";
import type { ReportOrder } from "./job-store.ts";
import { prepareSession, readPid, type SnapshotSession } from "./snapshot-session.ts";

/** The findings of a report as they were at one instant, in parts. */
export type Snapshot = {
  count: number;
  parts: readonly SnapshotPart[];
  session: SnapshotSession;
  /** By which `joinSnapshot` finds it, as long as `withSnapshot` works. */
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
  let cancel: { stop(): void } | undefined;
  try {
    cancel = cancelWith(db, await readPid(client), options.signal);
    options.signal.throwIfAborted();
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const session = await prepareSession(client);
    const { count, parts } = await findParts(db, session, order, options);
    options.signal.throwIfAborted();
    const exported = await client.query<{ id: string }>("SELECT pg_export_snapshot() AS id");
    return await work({ count, parts, session, id: exported.rows[0]!.id });
  } finally {
    cancel?.stop();
    await client.end();
  }
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
  { client }: SnapshotSession,
  order: ReportOrder & { key: JobKey },
  { partRecords, maxCount }: SnapshotOptions,
): Promise<Pick<Snapshot, "count" | "parts">> {
  const scoped = scopeTo(db, { subscriptionId: order.key.subscriptionId, scope: order.scope });
  const matches = matchingFindings(scoped, order, order.createdAt);
  const query = sql`
    SELECT count(*) AS count, json_agg(json_build_object('assetId', m.asset_id, 'fingerprint', m.fingerprint) ORDER BY m.number)
      FILTER (WHERE (m.number - 1) % ${partRecords} = 0) AS starts
    FROM (
      SELECT f.asset_id, f.fingerprint, row_number() OVER (ORDER BY f.asset_id, f.fingerprint) AS number
      FROM ${findingTablesAsNeeded} WHERE ${matches} LIMIT ${maxCount ?? null}::bigint
    ) m`.compile(db.write);
  const { rows } = await client.query<Cut>(query.sql, [...query.parameters]);
  const { count, starts } = rows[0]!;
  const parts = (starts ?? []).map((first, index, all) => ({
    ordinal: index + 1,
    records: Math.min(partRecords, count - index * partRecords),
    select: selectFindingRows(matches, { first, end: all[index + 1] }).compile(db.write),
  }));
  return { count, parts };
}
