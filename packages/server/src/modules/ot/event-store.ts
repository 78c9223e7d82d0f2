import type { Page } from "@breakwater/contract";
import type { Query, SortKey } from "@breakwater/domain/query/index";
import type { ProcessEventKind, ProcessEventRecord } from "@breakwater/formats/records";
import { type RawBuilder, type SqlBool, sql, type Transaction } from "kysely";
import type { Database } from "../../db/pool.ts";
import { compileQuery, compileSort, type FieldMap, joinsOf } from "../../db/query/index.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { describeHost, endColumns, endJoins, hostAt } from "./end-hosts.ts";

type HostAtEnd = { assetId: number; name: string } | null;

export type EventRow = {
  id: number;
  kind: ProcessEventKind;
  protocol: string;
  network: string;
  client: string;
  server: string;
  clientHost: HostAtEnd;
  serverHost: HostAtEnd;
  detail: string;
  messageCount: number;
  startedAt: Date;
  endedAt: Date;
  jobId: string;
  frame: number;
};

export type EventFilter = {
  kind: string | null;
  protocol: string | null;
  address: string | null;
  since: Date | null;
  until: Date | null;
  query: Query;
};

const fields: FieldMap = {
  columns: {
    ...endColumns("event", "e"),
    "event.id": { kind: "integer", column: sql`e.id`, isRequired: true },
    "event.kind": { kind: "keyword", column: sql`e.kind`, isRequired: true },
    "event.protocol": { kind: "keyword", column: sql`e.protocol`, isRequired: true },
    "event.network": { kind: "text", column: sql`e.network`, isRequired: true },
    "event.detail": { kind: "text", column: sql`e.detail`, isRequired: true },
    "event.messageCount": { kind: "integer", column: sql`e.message_count`, isRequired: true },
    "event.started": { kind: "timestamp", column: sql`e.started_at`, isRequired: true },
    "event.ended": { kind: "timestamp", column: sql`e.ended_at`, isRequired: true },
    "event.evidence.importId": { kind: "uuid", column: sql`e.job_id`, isRequired: true },
    "event.evidence.frame": { kind: "integer", column: sql`e.frame`, isRequired: true },
  },
};

/** Adds events to those known; one that began at the same time between the same ends is the same. */
export async function writeEvents(
  tx: Transaction<unknown>,
  origin: { subscriptionId: number; network: string; jobId: string; importedAt: number },
  events: readonly ProcessEventRecord[],
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ kind, protocol, clientIp, serverIp, detail, messages, startedAt, endedAt, frame }) => ({
    ...{ kind, protocol, client: clientIp, server: serverIp, detail, messages, frame },
    ...{ started_at: new Date(startedAt), ended_at: new Date(endedAt) },
  }));
  await sql`
    INSERT INTO ot_event AS e (subscription_id, network, kind, protocol, client, server, detail, message_count,
                               started_at, ended_at, job_id, frame, recorded_at)
    SELECT DISTINCT ON (server, client, protocol, kind, started_at)
           ${origin.subscriptionId}, ${origin.network}, kind, protocol, client, server, detail, messages,
           started_at, ended_at, ${origin.jobId}::uuid, frame, ${new Date(origin.importedAt)}
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n(kind text, protocol text, client text, server text,
      detail text, messages bigint, started_at timestamptz, ended_at timestamptz, frame bigint)
    ORDER BY server, client, protocol, kind, started_at, messages DESC
    ON CONFLICT (subscription_id, network, server, client, protocol, kind, started_at) DO UPDATE SET
      message_count = greatest(e.message_count, excluded.message_count),
      ended_at = greatest(e.ended_at, excluded.ended_at),
      detail = CASE WHEN excluded.message_count > e.message_count THEN excluded.detail ELSE e.detail END,
      recorded_at = greatest(e.recorded_at, excluded.recorded_at)`.execute(tx);
}

/** Seen by who sees either end, as conversations are. */
function isListed(db: ScopedDb, { kind, protocol, address, since, until, query }: EventFilter): RawBuilder<SqlBool> {
  const conditions: RawBuilder<unknown>[] = [
    sql`e.subscription_id = ${db.subscriptionId}`,
    compileQuery(query, fields),
  ];
  if (kind !== null) conditions.push(sql`e.kind = ${kind}`);
  if (protocol !== null) conditions.push(sql`e.protocol = ${protocol}`);
  if (address !== null) conditions.push(sql`(e.client = ${address} OR e.server = ${address})`);
  if (since !== null) conditions.push(sql`e.ended_at >= ${since}`);
  if (until !== null) conditions.push(sql`e.started_at < ${until}`);
  if (db.scope.kind !== "all")
    conditions.push(sql`(EXISTS (${hostAt(db, "e", "client")}) OR EXISTS (${hostAt(db, "e", "server")}))`);
  return sql<SqlBool>`${sql.join(conditions, sql` AND `)}`;
}

/** Events `e`, with those hosts at their ends that the SQL speaks of. */
function events(db: ScopedDb, used: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql`ot_event e ${joinsOf(db.read, endJoins(db, "e"), used)}`;
}

export async function countEvents(db: ScopedDb, filter: EventFilter): Promise<number> {
  const where = isListed(db, filter);
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM ${events(db, [where])} WHERE ${where}`.execute(db.read);
  return rows[0]?.count ?? 0;
}

/** In the order asked for, else newest first. */
export async function listEvents(
  db: ScopedDb,
  filter: EventFilter,
  sort: readonly SortKey[],
  { pageNumber, pageSize }: Page,
): Promise<EventRow[]> {
  const where = isListed(db, filter);
  const order = sort.length === 0 ? sql`e.started_at DESC, e.id DESC` : compileSort(sort, fields, sql`e.id`).orderBy;
  const { rows } = await sql<EventRow>`
    SELECT e.id, e.kind, e.protocol, e.network, e.client, e.server, ${describeHost(db, "e", "client")} AS "clientHost",
           ${describeHost(db, "e", "server")} AS "serverHost", e.detail, e.message_count AS "messageCount",
           e.started_at AS "startedAt", e.ended_at AS "endedAt", e.job_id AS "jobId", e.frame
    FROM ${events(db, [where, order])} WHERE ${where} ORDER BY ${order}
    LIMIT ${pageSize} OFFSET ${pageNumber}::bigint * ${pageSize}::bigint`.execute(db.read);
  return rows;
}

/** Whether any event was last imported at that time or before. */
export async function hasEventsUntil(db: Database, until: Date): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    SELECT EXISTS (SELECT 1 FROM ot_event WHERE recorded_at <= ${until}) AS found`.execute(db.read);
  return rows[0]!.found;
}

/** Removes at most `limit` of them; answers how many. */
export async function deleteEventsUntil(db: Database, until: Date, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM ot_event e USING (
      SELECT subscription_id, id FROM ot_event WHERE recorded_at <= ${until} ORDER BY recorded_at LIMIT ${limit}
      FOR UPDATE SKIP LOCKED
    ) old WHERE e.subscription_id = old.subscription_id AND e.id = old.id`.execute(db.write);
  return Number(numAffectedRows ?? 0);
}
