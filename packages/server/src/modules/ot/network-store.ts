import type { Page } from "@breakwater/contract";
import type { Query, SortKey } from "@breakwater/domain/query/index";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { compileQuery, compileSort, type FieldMap, joinsOf } from "../../db/query/index.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { describeHost, endColumns, endJoins, hostAt } from "./end-hosts.ts";

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

export type ConversationFilter = { address: string | null; protocol: string | null; query: Query };

const fields: FieldMap = {
  columns: {
    ...endColumns("network", "c"),
    "network.network": { kind: "text", column: sql`c.network`, isRequired: true },
    // 0 is stored where there is none.
    "network.server.port": { kind: "integer", column: sql`nullif(c.port, 0)` },
    "network.transport": { kind: "keyword", column: sql`c.transport`, isRequired: true },
    "network.protocol": { kind: "keyword", column: sql`c.protocol` },
    "network.firstSeen": { kind: "timestamp", column: sql`c.first_seen`, isRequired: true },
    "network.lastSeen": { kind: "timestamp", column: sql`c.last_seen`, isRequired: true },
  },
};

/** Seen by who sees either end: it is that host's own conversation. */
function isListed(db: ScopedDb, { address, protocol, query }: ConversationFilter): RawBuilder<SqlBool> {
  const isSeen =
    db.scope.kind === "all"
      ? sql`TRUE`
      : sql`(EXISTS (${hostAt(db, "c", "client")}) OR EXISTS (${hostAt(db, "c", "server")}))`;
  const isAt = address === null ? sql`TRUE` : sql`(c.client = ${address} OR c.server = ${address})`;
  const isSpoken = protocol === null ? sql`TRUE` : sql`c.protocol = ${protocol}`;
  return sql<SqlBool>`c.subscription_id = ${db.subscriptionId} AND ${isAt} AND ${isSpoken} AND ${isSeen}
    AND ${compileQuery(query, fields)}`;
}

/** Conversations `c`, with those hosts at their ends that the SQL speaks of. */
function conversations(db: ScopedDb, used: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql`ot_conversation c ${joinsOf(db.read, endJoins(db, "c"), used)}`;
}

export async function countConversations(db: ScopedDb, filter: ConversationFilter): Promise<number> {
  const where = isListed(db, filter);
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM ${conversations(db, [where])} WHERE ${where}`.execute(db.read);
  return rows[0]?.count ?? 0;
}

export async function listConversations(
  db: ScopedDb,
  filter: ConversationFilter,
  sort: readonly SortKey[],
  { pageNumber, pageSize }: Page,
): Promise<ConversationRow[]> {
  const where = isListed(db, filter);
  // The key of a conversation is these five.
  const order = sql`${compileSort(sort, fields, sql`c.network`, "text").orderBy}, c.client, c.server, c.transport, c.port`;
  const { rows } = await sql<ConversationRow>`
    SELECT c.network, c.client, c.server, ${describeHost(db, "c", "client")} AS "clientHost",
           ${describeHost(db, "c", "server")} AS "serverHost",
           c.transport, c.port, c.protocol, c.first_seen AS "firstSeen", c.last_seen AS "lastSeen"
    FROM ${conversations(db, [where, order])} WHERE ${where} ORDER BY ${order}
    LIMIT ${pageSize} OFFSET ${pageNumber}::bigint * ${pageSize}::bigint`.execute(db.read);
  return rows;
}
