import { otProtocols, type Statement } from "@breakwater/domain/ot/index";
import { sql, type Transaction } from "kysely";
import type { Conversation } from "./capture-collector.ts";

type Tx = Transaction<unknown>;

/**
 * Adds statements to those known; what is known already only has its times widened, and is not touched if they are not.
 *
 * @returns the assets of which something was written
 */
export async function writeEvidence(
  tx: Tx,
  origin: { subscriptionId: number; jobId: string },
  statements: readonly (Statement & { assetId: number })[],
): Promise<Set<number>> {
  const rows = statements.map(({ assetId, firstSeenMs, lastSeenMs, ...statement }) => ({
    asset_id: assetId,
    ...statement,
    first_seen: new Date(firstSeenMs),
    last_seen: new Date(lastSeenMs),
  }));
  const { rows: written } = await sql<{ id: number }>`
    INSERT INTO ot_evidence AS e (subscription_id, asset_id, field, value, protocol, source, confidence,
                                  first_seen, last_seen, job_id, frame)
    SELECT ${origin.subscriptionId}, s.asset_id, s.field, s.value, s.protocol, s.source, s.confidence,
           s.first_seen, s.last_seen, ${origin.jobId}::uuid, s.frame
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS s(asset_id bigint, field text, value text, protocol text,
      source text, confidence smallint, first_seen timestamptz, last_seen timestamptz, frame bigint)
    LEFT JOIN ot_evidence k ON k.subscription_id = ${origin.subscriptionId} AND k.asset_id = s.asset_id
      AND k.field = s.field AND k.value = s.value AND k.protocol = s.protocol AND k.source = s.source
    WHERE k.asset_id IS NULL OR s.confidence > k.confidence OR s.first_seen < k.first_seen OR s.last_seen > k.last_seen
    ORDER BY s.asset_id, s.field, s.value, s.protocol, s.source
    ON CONFLICT (subscription_id, asset_id, field, value, protocol, source) DO UPDATE SET
      confidence = greatest(e.confidence, excluded.confidence),
      first_seen = least(e.first_seen, excluded.first_seen),
      last_seen = greatest(e.last_seen, excluded.last_seen),
      job_id = CASE WHEN excluded.last_seen > e.last_seen THEN excluded.job_id ELSE e.job_id END,
      frame = CASE WHEN excluded.last_seen > e.last_seen THEN excluded.frame ELSE e.frame END
    WHERE excluded.confidence > e.confidence OR excluded.first_seen < e.first_seen OR excluded.last_seen > e.last_seen
    RETURNING asset_id AS id`.execute(tx);
  return new Set(written.map(({ id }) => id));
}

/** All statements about the assets. */
export async function listEvidence(
  tx: Tx,
  subscriptionId: number,
  assetIds: readonly number[],
): Promise<(Statement & { assetId: number })[]> {
  const { rows } = await sql<
    Omit<Statement, "firstSeenMs" | "lastSeenMs"> & { assetId: number; first: Date; last: Date }
  >`
    SELECT asset_id AS "assetId", field, value, protocol, source, confidence, frame, first_seen AS first, last_seen AS last
    FROM ot_evidence
    WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${assetIds}::bigint[])`.execute(tx);
  return rows.map(({ first, last, ...row }) => ({ ...row, firstSeenMs: first.getTime(), lastSeenMs: last.getTime() }));
}

/** @returns the clients of conversations that were written because they are new or differ */
export async function writeConversations(
  tx: Tx,
  origin: { subscriptionId: number; network: string },
  conversations: readonly Conversation[],
): Promise<Set<string>> {
  if (conversations.length === 0) return new Set();
  const rows = conversations.map(({ firstSeenMs, lastSeenMs, ...conversation }) => ({
    ...conversation,
    first_seen: new Date(firstSeenMs),
    last_seen: new Date(lastSeenMs),
  }));
  const { rows: written } = await sql<{ client: string }>`
    INSERT INTO ot_conversation AS c (subscription_id, network, client, server, transport, port, protocol,
                                      first_seen, last_seen)
    SELECT ${origin.subscriptionId}, ${origin.network}, client, server, transport, port, protocol, first_seen, last_seen
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n(client text, server text, transport text, port integer,
      protocol text, first_seen timestamptz, last_seen timestamptz)
    ORDER BY client, server, transport, port
    ON CONFLICT (subscription_id, network, client, server, transport, port) DO UPDATE SET
      protocol = coalesce(excluded.protocol, c.protocol),
      first_seen = least(c.first_seen, excluded.first_seen), last_seen = greatest(c.last_seen, excluded.last_seen)
    WHERE (coalesce(excluded.protocol, c.protocol), least(c.first_seen, excluded.first_seen),
           greatest(c.last_seen, excluded.last_seen)) IS DISTINCT FROM (c.protocol, c.first_seen, c.last_seen)
    RETURNING client`.execute(tx);
  return new Set(written.map(({ client }) => client));
}

/** Whom an asset calls by industrial protocols: how many hosts, and whether any to exchange inputs and outputs with. */
export type ServersCalled = { otServersCalled: number; callsIo: boolean };

/** From any of the addresses of each asset; assets that call nobody are left out. */
export async function countServersCalled(
  tx: Tx,
  origin: { subscriptionId: number; network: string },
  addresses: readonly { assetId: number; address: string }[],
): Promise<Map<number, ServersCalled>> {
  const ioProtocols = otProtocols.filter(({ isIo }) => isIo).map(({ id }) => id);
  const isIo = sql`c.protocol = ANY (${ioProtocols}::text[])`;
  const { rows } = await sql<ServersCalled & { assetId: number }>`
    SELECT a."assetId", count(DISTINCT c.server) FILTER (WHERE NOT ${isIo})::integer AS "otServersCalled",
      bool_or(${isIo}) AS "callsIo"
    FROM jsonb_to_recordset(${JSON.stringify(addresses)}::jsonb) AS a("assetId" bigint, address text)
    JOIN ot_conversation c ON c.subscription_id = ${origin.subscriptionId} AND c.network = ${origin.network}
      AND c.client = a.address
    WHERE c.protocol = ANY (${otProtocols.map(({ id }) => id)}::text[])
    GROUP BY a."assetId"`.execute(tx);
  return new Map(rows.map(({ assetId, ...called }) => [assetId, called]));
}

/** Which of the IP addresses are OT hosts' in the network. */
export async function listHostAddresses(
  tx: Tx,
  origin: { subscriptionId: number; network: string },
  addresses: readonly string[],
): Promise<string[]> {
  if (addresses.length === 0) return [];
  const { rows } = await sql<{ value: string }>`
    SELECT i.value FROM asset_identifier i
    JOIN ot_host h ON h.subscription_id = i.subscription_id AND h.asset_id = i.asset_id
    WHERE i.subscription_id = ${origin.subscriptionId} AND i.kind = 'ip' AND i.network = ${origin.network}
      AND i.value = ANY (${addresses}::text[])
    ORDER BY i.value`.execute(tx);
  return rows.map(({ value }) => value);
}
