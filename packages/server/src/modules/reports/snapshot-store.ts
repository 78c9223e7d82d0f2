import { type RawBuilder, sql } from "kysely";
import type pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import type { JobKey } from "../../jobs/index.ts";
import { type FindingSession, type FindingSet, findingTables, matchingFindings } from "../findings-read/index.ts";
import type { ReportOrder } from "./job-store.ts";

/** The findings of a report as they were at one instant, numbered from 1 in the order of their assets. */
export type Snapshot = {
  count: number;
  session: FindingSession;
  /** The findings numbered `first` to `last`, to be read in the session. */
  stretch(first: number, last: number): Promise<Pick<FindingSet, "matched" | "assetIds">>;
};

/**
 * Takes a snapshot and hands it to `work`: one REPEATABLE READ transaction in a session of its own, which ends with it.
 * Aborting the signal cancels the statement that runs; `work` then sees its stream fail.
 *
 * @param options.maxCount stop numbering after that many, to learn cheaply that there are more
 */
export async function withSnapshot<T>(
  db: Database,
  order: ReportOrder & { key: JobKey },
  options: { maxCount?: number; signal: AbortSignal },
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  const client = await db.connect();
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const cancel = () => void cancelStatement(db, rows[0]!.pid);
  options.signal.addEventListener("abort", cancel);
  try {
    options.signal.throwIfAborted();
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    // A stretch's findings and their evidence fit; the default would spill them to disk.
    await client.query("SET LOCAL work_mem = '64MB'");
    const count = await numberMatches(db, client, order, options.maxCount);
    options.signal.throwIfAborted();
    const session = toSession(db, client);
    return await work({ count, session, stretch: (first, last) => findStretch(session, first, last) });
  } finally {
    options.signal.removeEventListener("abort", cancel);
    // Closing ends the transaction and drops the numbers with it.
    await client.end();
  }
}

async function cancelStatement(db: Database, pid: number): Promise<void> {
  await sql`SELECT pg_cancel_backend(${pid})`.execute(db.write).catch(() => undefined);
}

/**
 * Numbers the matches in a temporary table. COPY takes no parameters; this way the query's values are bound here, and
 * the COPY statements name nothing but numbers of our own.
 */
async function numberMatches(
  db: Database,
  client: pg.Client,
  order: ReportOrder & { key: JobKey },
  maxCount: number | undefined,
): Promise<number> {
  const scoped = scopeTo(db, { subscriptionId: order.key.subscriptionId, scope: order.scope });
  const condition = matchingFindings(scoped, order, order.createdAt);
  await client.query(`CREATE TEMPORARY TABLE report_match (
    ordinal bigint NOT NULL, id bigint NOT NULL, asset_id bigint NOT NULL
  ) ON COMMIT DROP`);
  const insert = sql`
    INSERT INTO report_match
    SELECT row_number() OVER (), m.id, m.asset_id FROM (
      SELECT f.id, f.asset_id FROM ${findingTables} WHERE ${condition}
      ORDER BY f.asset_id, f.fingerprint LIMIT ${maxCount ?? null}::bigint
    ) m`.compile(db.write);
  const { rowCount } = await client.query(insert.sql, [...insert.parameters]);
  await client.query("CREATE UNIQUE INDEX ON report_match (ordinal)");
  await client.query("ANALYZE report_match");
  return rowCount ?? 0;
}

function toSession(db: Database, client: pg.Client): FindingSession {
  return {
    run: async <Row>(query: RawBuilder<Row>) => {
      const compiled = query.compile(db.write);
      return (await client.query(compiled.sql, [...compiled.parameters])).rows as Row[];
    },
    copy: async (query) => {
      const copy = sql`COPY (${query}) TO STDOUT WITH (FORMAT binary)`.compile(db.write);
      const chunks: Buffer[] = [];
      for await (const chunk of client.query(copyTo(copy.sql, { highWaterMark: 1024 * 1024 }))) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}

async function findStretch({ run }: FindingSession, first: number, last: number) {
  const matched = sql`(SELECT id FROM report_match WHERE ordinal BETWEEN ${sql.lit(first)} AND ${sql.lit(last)})`;
  const [found] = await run(sql<{ first: number; last: number }>`
    SELECT min(asset_id) AS first, max(asset_id) AS last FROM report_match WHERE ordinal BETWEEN ${first} AND ${last}`);
  return { matched, assetIds: { first: sql.lit(found!.first), last: sql.lit(found!.last) } };
}
