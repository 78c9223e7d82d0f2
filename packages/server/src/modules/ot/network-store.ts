import type { Page } from "@breakwater/contract";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { DEFAULT_NETWORK } from "./segment.ts";

export type ConversationRow = {
  network: string;
  client: string;
  server: string;
  clientHost: { assetId: number; name: string } | null;
  serverHost: { assetId: number; name: string } | null;
  transport: string;
  port: number;
  protocol: string | null;
  firstSeen: Date;
  lastSeen: Date;
};

export type ConversationFilter = { address: string | null; protocol: string | null };

/**
 * The OT host in scope that has the address of an end, by its IP or its MAC within the network.
 *
 * @param row alias of a table with `subscription_id`, `network`, and an address under the name `end`
 */
export function hostAt(db: ScopedDb, row: string, end: "client" | "server"): RawBuilder<unknown> {
  const network = sql.ref(`${row}.network`);
  const segment = sql`CASE ${network} WHEN ${sql.lit(DEFAULT_NETWORK)} THEN '' ELSE ${network} END`;
  return sql`SELECT a.id, a.name FROM asset_identifier i
    JOIN asset a ON a.subscription_id = i.subscription_id AND a.id = i.asset_id AND a.is_ot
    WHERE i.subscription_id = ${sql.ref(`${row}.subscription_id`)} AND i.value = ${sql.ref(`${row}.${end}`)}
      AND (i.kind = 'ip' AND i.network = ${network} OR i.kind = 'mac' AND i.network = ${segment})
      AND ${assetInScope(db, sql.ref("a.tag_ids"))}`;
}

/** `{assetId, name}` of {@link hostAt}, or null. */
export function describeHost(db: ScopedDb, row: string, end: "client" | "server"): RawBuilder<unknown> {
  const host = hostAt(db, row, end);
  return sql`(SELECT json_build_object('assetId', h.id, 'name', h.name) FROM (${host} ORDER BY a.id LIMIT 1) h)`;
}

/** Seen by who sees either end: it is that host's own conversation. */
function isListed(db: ScopedDb, { address, protocol }: ConversationFilter): RawBuilder<SqlBool> {
  const isSeen =
    db.scope.kind === "all"
      ? sql`TRUE`
      : sql`(EXISTS (${hostAt(db, "c", "client")}) OR EXISTS (${hostAt(db, "c", "server")}))`;
  const isAt = address === null ? sql`TRUE` : sql`(c.client = ${address} OR c.server = ${address})`;
  const isSpoken = protocol === null ? sql`TRUE` : sql`c.protocol = ${protocol}`;
  return sql<SqlBool>`c.subscription_id = ${db.subscriptionId} AND ${isAt} AND ${isSpoken} AND ${isSeen}`;
}

export async function countConversations(db: ScopedDb, filter: ConversationFilter): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM ot_conversation c WHERE ${isListed(db, filter)}`.execute(db.read);
  return rows[0]?.count ?? 0;
}

export async function listConversations(
  db: ScopedDb,
  filter: ConversationFilter,
  { pageNumber, pageSize }: Page,
): Promise<ConversationRow[]> {
  const { rows } = await sql<ConversationRow>`
    SELECT c.network, c.client, c.server, ${describeHost(db, "c", "client")} AS "clientHost",
           ${describeHost(db, "c", "server")} AS "serverHost",
           c.transport, c.port, c.protocol, c.first_seen AS "firstSeen", c.last_seen AS "lastSeen"
    FROM ot_conversation c WHERE ${isListed(db, filter)}
    ORDER BY c.network, c.client, c.server, c.transport, c.port
    LIMIT ${pageSize} OFFSET ${pageNumber}::bigint * ${pageSize}::bigint`.execute(db.read);
  return rows;
}
