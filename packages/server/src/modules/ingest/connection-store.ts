import { sql } from "kysely";
import type { Database } from "../../db/pool.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import type { JobKey } from "../../jobs/index.ts";
import type { ConnectionCsvMapping } from "./csv-mapping.ts";

export type ConnectionSettings = {
  name: string;
  network: string;
  is_complete: boolean;
  retain_missing: boolean;
  csv_mapping: ConnectionCsvMapping | null;
  trust_rank: number;
  default_criticality: number | null;
};

/** `product` is empty before the first import. */
export type ConnectionRow = ConnectionSettings & { id: number; product: string; created_at: Date };

const COLUMNS = sql`id, name, product, network, is_complete, retain_missing, csv_mapping, trust_rank,
  default_criticality, created_at`;

/** Connections of the subscription, by name; `id` narrows to one. */
export async function listConnections(db: ScopedDb, id?: number): Promise<ConnectionRow[]> {
  const { rows } = await sql<ConnectionRow>`
    SELECT ${COLUMNS} FROM connection
    WHERE subscription_id = ${db.subscriptionId} AND deleted_at IS NULL
      AND (${id ?? null}::integer IS NULL OR id = ${id ?? null})
    ORDER BY lower(name), id`.execute(db.write);
  return rows;
}

/** Locks the connection to the end of the transaction. */
export async function holdConnection(tx: ScopedDb, id: number): Promise<ConnectionRow | undefined> {
  const { rows } = await sql<ConnectionRow>`
    SELECT ${COLUMNS} FROM connection
    WHERE subscription_id = ${tx.subscriptionId} AND id = ${id} AND deleted_at IS NULL FOR UPDATE`.execute(tx.write);
  return rows[0];
}

/** The new connection; undefined when its name is taken. */
export async function insertConnection(db: ScopedDb, one: ConnectionSettings): Promise<ConnectionRow | undefined> {
  const { rows } = await sql<ConnectionRow>`
    INSERT INTO connection (subscription_id, name, product, network, is_complete, retain_missing, csv_mapping,
                            trust_rank, default_criticality)
    VALUES (${db.subscriptionId}, ${one.name}, '', ${one.network}, ${one.is_complete}, ${one.retain_missing},
            ${toJson(one.csv_mapping)}::jsonb, ${one.trust_rank}, ${one.default_criticality})
    ON CONFLICT (subscription_id, lower(name)) WHERE deleted_at IS NULL DO NOTHING
    RETURNING ${COLUMNS}`.execute(db.write);
  return rows[0];
}

/** The changed connection; undefined when another has the name, which ends the transaction. */
export async function updateConnection(
  tx: ScopedDb,
  id: number,
  one: ConnectionSettings,
): Promise<ConnectionRow | undefined> {
  try {
    const { rows } = await sql<ConnectionRow>`
      UPDATE connection SET name = ${one.name}, network = ${one.network}, is_complete = ${one.is_complete},
        retain_missing = ${one.retain_missing}, csv_mapping = ${toJson(one.csv_mapping)}::jsonb,
        trust_rank = ${one.trust_rank}, default_criticality = ${one.default_criticality}
      WHERE subscription_id = ${tx.subscriptionId} AND id = ${id} RETURNING ${COLUMNS}`.execute(tx.write);
    return rows[0];
  } catch (error) {
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return undefined;
    throw error;
  }
}

const UNIQUE_VIOLATION = "23505";

/** What stands against changing or deleting a connection. */
export async function readUse(
  tx: ScopedDb,
  { id, name }: ConnectionRow,
): Promise<{ isImporting: boolean; hasPresent: boolean; hasAssets: boolean }> {
  const { rows } = await sql<{ isImporting: boolean; hasPresent: boolean; hasAssets: boolean }>`
    SELECT EXISTS (SELECT FROM import_job WHERE subscription_id = ${tx.subscriptionId}
        AND (lower(connection_name) = lower(${name}) OR checkpoint #>> '{sink,connectionId}' = ${String(id)})
        AND status IN ('REQUESTED', 'IN_PROGRESS')) AS "isImporting",
      EXISTS (SELECT FROM finding_source WHERE subscription_id = ${tx.subscriptionId} AND connection_id = ${id}
        AND is_present) AS "hasPresent",
      EXISTS (SELECT FROM asset_source WHERE subscription_id = ${tx.subscriptionId} AND connection_id = ${id})
        AS "hasAssets"`.execute(tx.write);
  return rows[0]!;
}

export async function markDeleted(tx: ScopedDb, id: number, at: number): Promise<void> {
  await sql`
    UPDATE connection SET deleted_at = ${new Date(at)}
    WHERE subscription_id = ${tx.subscriptionId} AND id = ${id}`.execute(tx.write);
}

/** Whether imports may still write in its name. */
export async function isConnectionLive(db: Database, subscriptionId: number, id: number): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM connection WHERE subscription_id = ${subscriptionId} AND id = ${id}
      AND deleted_at IS NULL`.execute(db.imports);
  return rows.length === 1;
}

/** Deleted connections whose findings have not all ended yet. */
export async function listEndingConnections(db: Database): Promise<JobKey[]> {
  const { rows } = await sql<JobKey>`
    SELECT subscription_id AS "subscriptionId", id::text AS id FROM connection
    WHERE deleted_at IS NOT NULL AND ended_at IS NULL ORDER BY deleted_at`.execute(db.imports);
  return rows;
}

/** When it was deleted (epoch ms); undefined when it was not, or has ended. */
export async function findEnding(db: Database, { subscriptionId, id }: JobKey): Promise<number | undefined> {
  const { rows } = await sql<{ deletedAt: Date }>`
    SELECT deleted_at AS "deletedAt" FROM connection
    WHERE subscription_id = ${subscriptionId} AND id = ${Number(id)} AND deleted_at IS NOT NULL AND ended_at IS NULL`.execute(
    db.imports,
  );
  return rows[0]?.deletedAt.getTime();
}

export async function markEnded(db: Database, { subscriptionId, id }: JobKey, at: number): Promise<void> {
  await sql`
    UPDATE connection SET ended_at = ${new Date(at)}
    WHERE subscription_id = ${subscriptionId} AND id = ${Number(id)}`.execute(db.imports);
}

function toJson(mapping: ConnectionCsvMapping | null): string | null {
  return mapping && JSON.stringify(mapping);
}
