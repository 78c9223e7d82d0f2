import { type RawBuilder, sql } from "kysely";
import type { SqlHandle } from "../../db/pool.ts";
import type { StorableEvent } from "./audit-writer.ts";
import { type ChainedEvent, type ChainHead, EMPTY_HEAD } from "./chain.ts";

/** Whose log: a subscription's, or that of what belongs to none. */
export type AuditLog = { subscriptionId: number | null };

export type AuditFilter = {
  /** At or after; before. */
  from?: Date;
  to?: Date;
  actor?: string;
  action?: string;
  result?: "success" | "failure";
  target?: string;
};

/** Appends the events; the database numbers and chains them. One log after the other, so that nodes wait in one order. */
export async function insertEvents(db: SqlHandle, events: readonly StorableEvent[]): Promise<void> {
  const sorted = events.toSorted((a, b) => (a.subscriptionId ?? 0) - (b.subscriptionId ?? 0));
  await sql`
    INSERT INTO audit_event (subscription_id, actor, action, target, address, result, detail)
    SELECT e."subscriptionId", e.actor, e.action, e.target, e.address, e.result, e.detail
    FROM ROWS FROM (json_to_recordset(${JSON.stringify(sorted)}::json)
      AS ("subscriptionId" integer, actor text, action text, target text, address text, result text, detail jsonb))
      WITH ORDINALITY AS e("subscriptionId", actor, action, target, address, result, detail, place)
    ORDER BY e.place`.execute(db);
}

export async function readHead(db: SqlHandle, log: AuditLog): Promise<ChainHead> {
  const { rows } = await sql<ChainHead>`
    SELECT events AS id, encode(head, 'hex') AS hash FROM audit_chain WHERE chain = ${log.subscriptionId ?? 0}`.execute(
    db,
  );
  return rows[0] ?? EMPTY_HEAD;
}

/** Whether there is a log of a subscription that is no more. */
export async function isLogOfDeleted(db: SqlHandle, subscriptionId: number): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM audit_chain WHERE chain = ${subscriptionId}
      AND NOT EXISTS (SELECT FROM subscription WHERE id = ${subscriptionId})`.execute(db);
  return rows.length > 0;
}

/** Heads of the logs that follow `afterChain`, in the order of their numbers. */
export async function listHeads(
  db: SqlHandle,
  afterChain: number,
  limit: number,
): Promise<(ChainHead & { chain: number })[]> {
  const { rows } = await sql<ChainHead & { chain: number }>`
    SELECT chain, events AS id, encode(head, 'hex') AS hash FROM audit_chain
    WHERE chain > ${afterChain} ORDER BY chain LIMIT ${limit}`.execute(db);
  return rows;
}

/** The newest events before `beforeId`, newest first. */
export async function listEvents(
  db: SqlHandle,
  log: AuditLog,
  filter: AuditFilter,
  page: { beforeId: number | undefined; limit: number },
): Promise<ChainedEvent[]> {
  const before = page.beforeId === undefined ? sql`TRUE` : sql`e.sequence < ${page.beforeId}`;
  const { rows } = await sql<ChainedEvent>`
    SELECT ${eventColumns} FROM audit_event e
    WHERE ${matches(log, filter)} AND ${before} ORDER BY e.sequence DESC LIMIT ${page.limit}`.execute(db);
  return rows;
}

/** The oldest events after `afterId` and up to `untilId`, oldest first. */
export async function readEvents(
  db: SqlHandle,
  log: AuditLog,
  filter: AuditFilter,
  page: { afterId: number; untilId: number; limit: number },
): Promise<ChainedEvent[]> {
  const { rows } = await sql<ChainedEvent>`
    SELECT ${eventColumns} FROM audit_event e
    WHERE ${matches(log, filter)} AND e.sequence > ${page.afterId} AND e.sequence <= ${page.untilId}
    ORDER BY e.sequence LIMIT ${page.limit}`.execute(db);
  return rows;
}

/** How many events match; without a filter the head tells. */
export async function countEvents(db: SqlHandle, log: AuditLog, filter: AuditFilter): Promise<number> {
  if (Object.keys(filter).length === 0) return (await readHead(db, log)).id;
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM audit_event e WHERE ${matches(log, filter)}`.execute(db);
  return rows[0]?.count ?? 0;
}

const eventColumns = sql`
  e.sequence AS id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
  e.subscription_id AS "subscriptionId", e.actor, e.action, e.target, e.address, e.result, e.detail,
  encode(e.previous_hash, 'hex') AS "previousHash", encode(e.hash, 'hex') AS hash`;

function matches(log: AuditLog, filter: AuditFilter): RawBuilder<boolean> {
  const { subscriptionId } = log;
  const conditions = [
    subscriptionId === null ? sql`e.subscription_id IS NULL` : sql`e.subscription_id = ${subscriptionId}`,
  ];
  if (filter.from) conditions.push(sql`e.at >= ${filter.from}`);
  if (filter.to) conditions.push(sql`e.at < ${filter.to}`);
  if (filter.actor !== undefined) conditions.push(sql`lower(e.actor) = lower(${filter.actor})`);
  if (filter.action !== undefined) conditions.push(sql`e.action = ${filter.action}`);
  if (filter.result) conditions.push(sql`e.result = ${filter.result}`);
  if (filter.target !== undefined) conditions.push(sql`e.target = ${filter.target}`);
  return sql<boolean>`${sql.join(conditions, sql` AND `)}`;
}
