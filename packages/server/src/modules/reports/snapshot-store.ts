import type { Readable } from "node:stream";
import { type RawBuilder, sql } from "kysely";
import type pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import type { ReportWriter } from "../../exporters/index.ts";
import type { JobKey } from "../../jobs/index.ts";
import {
  type FindingSet,
  findingTables,
  matchingFindings,
  selectFindingCsv,
  selectFindingJson,
} from "../findings-read/index.ts";
import type { ReportOrder } from "./job-store.ts";

/** The findings of a report as they were at one instant, numbered from 1. */
export type Snapshot = {
  count: number;
  /** Text of the findings numbered `first` to `last`, as PostgreSQL builds it. */
  copyRows(writer: ReportWriter, first: number, last: number): Readable;
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
    // A part's fifty thousand findings and their texts fit; the default would spill them to disk.
    await client.query("SET LOCAL work_mem = '64MB'");
    const count = await numberMatches(db, client, order, options.maxCount);
    options.signal.throwIfAborted();
    return await work({
      count,
      copyRows: (writer, first, last) =>
        copyRows(db, client, { subscriptionId: order.key.subscriptionId, writer, first, last }),
    });
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
    ordinal bigint NOT NULL, id bigint NOT NULL
  ) ON COMMIT DROP`);
  const insert = sql`
    INSERT INTO report_match
    SELECT row_number() OVER (), m.id FROM (
      SELECT f.id FROM ${findingTables} WHERE ${condition}
      ORDER BY f.asset_id, f.fingerprint LIMIT ${maxCount ?? null}::bigint
    ) m`.compile(db.write);
  const { rowCount } = await client.query(insert.sql, [...insert.parameters]);
  await client.query("CREATE UNIQUE INDEX ON report_match (ordinal)");
  await client.query("ANALYZE report_match");
  return rowCount ?? 0;
}

type Stretch = { subscriptionId: number; writer: ReportWriter; first: number; last: number };

function copyRows(db: Database, client: pg.Client, { subscriptionId, writer, first, last }: Stretch): Readable {
  const matched = sql`(SELECT ordinal, id FROM report_match WHERE ordinal BETWEEN ${sql.lit(first)} AND ${sql.lit(last)})`;
  const set = { subscriptionId: sql.lit(subscriptionId), matched };
  const rows = writer.rows === "csv" ? selectFindingCsv(set) : joinJson(set, writer);
  const copy = sql`COPY (${rows}) TO STDOUT WITH (${sql.raw(writer.copyOptions)})`.compile(db.write);
  return client.query(copyTo(copy.sql, { highWaterMark: 1024 * 1024 }));
}

// No ORDER BY: PostgreSQL would sort the finished texts, a third of the whole work, for an order that nobody asks for.
function joinJson(set: FindingSet, writer: ReportWriter): RawBuilder<unknown> {
  return sql`SELECT ${sql.lit(writer.separator)} || j.json FROM (${selectFindingJson(set)}) j`;
}
