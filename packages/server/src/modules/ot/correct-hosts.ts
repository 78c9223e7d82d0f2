import { randomUUID } from "node:crypto";
import type { Identifier } from "@breakwater/domain/identity/index";
import { PROJECT_FILE, partStatements, type Statement } from "@breakwater/domain/ot/index";
import { sql, type Transaction } from "kysely";
import { moveHosts } from "./asset-store.ts";
import { listEvidence } from "./evidence-store.ts";
import { refreshHosts } from "./host-refresh.ts";
import { DEFAULT_NETWORK } from "./segment.ts";

type Tx = Transaction<unknown>;
type Pair = { from: number; to: number };

/**
 * Makes one host of two: all that was told of the one was told of the other, and its detections are the other's. The assets
 * are locked, the identifiers theirs.
 */
export async function uniteHosts(tx: Tx, subscriptionId: number, { from, to }: Pair): Promise<void> {
  await moveHosts(tx, subscriptionId, [{ from, into: to }]);
  await refresh(tx, subscriptionId, [to]);
}

/**
 * Makes a host of a part of another: what was told of these identifiers, as {@link partStatements} says. The assets are
 * locked, and the identifiers are the part's by now.
 */
export async function partHost(
  tx: Tx,
  subscriptionId: number,
  { from, to }: Pair,
  identifiers: readonly Identifier[],
): Promise<void> {
  const addresses = new Set(identifiers.flatMap(({ kind, value }) => (kind === "ip" || kind === "mac" ? [value] : [])));
  const { taken } = partStatements(await listEvidence(tx, subscriptionId, [from]), addresses);
  await sql`
    UPDATE ot_evidence e SET asset_id = ${to}
    FROM json_to_recordset(${JSON.stringify(taken)}::json) AS s(field text, value text, protocol text, source text)
    WHERE e.subscription_id = ${subscriptionId} AND e.asset_id = ${from} AND e.field = s.field AND e.value = s.value
      AND e.protocol = s.protocol AND e.source = s.source`.execute(tx);
  await partProjects(tx, subscriptionId, { from, to }, addresses);
  await sql`
    UPDATE asset a SET ip_addresses = ARRAY(SELECT x FROM unnest(a.ip_addresses) AS x WHERE host(x) <> ALL (${[...addresses]}::text[])),
      mac_addresses = ARRAY(SELECT x FROM unnest(a.mac_addresses) AS x WHERE x <> ALL (${[...addresses]}::text[]))
    WHERE a.subscription_id = ${subscriptionId} AND a.id = ${from}`.execute(tx);
  await refresh(tx, subscriptionId, [from, to]);
}

/** A project's host goes when all addresses that the project gives it do. */
async function partProjects(
  tx: Tx,
  subscriptionId: number,
  { from, to }: Pair,
  addresses: ReadonlySet<string>,
): Promise<void> {
  const { rows } = await sql<{ file: string; ordinal: number; statements: Statement[] }>`
    SELECT project_file_id AS file, ordinal, statements FROM ot_project_file_asset
    WHERE subscription_id = ${subscriptionId} AND asset_id = ${from}`.execute(tx);
  const isTaken = (statements: readonly Statement[]) =>
    statements.length > 0 &&
    partStatements(
      statements.map((one) => ({ ...one, protocol: PROJECT_FILE })),
      addresses,
    ).kept.length === 0;
  const gone = rows.filter(({ statements }) => isTaken(statements)).map(({ file, ordinal }) => ({ file, ordinal }));
  await sql`
    UPDATE ot_project_file_asset n SET asset_id = ${to}
    FROM json_to_recordset(${JSON.stringify(gone)}::json) AS x(file uuid, ordinal integer)
    WHERE n.subscription_id = ${subscriptionId} AND n.project_file_id = x.file AND n.ordinal = x.ordinal`.execute(tx);
}

/** No import does it: the hosts count as changed by one of their own. */
async function refresh(tx: Tx, subscriptionId: number, assetIds: readonly number[]): Promise<void> {
  const { rows } = await sql<{ network: string }>`
    SELECT network FROM asset_identifier WHERE subscription_id = ${subscriptionId}
      AND asset_id = ANY (${assetIds}::bigint[]) AND kind = 'ip' ORDER BY asset_id, value LIMIT 1`.execute(tx);
  await refreshHosts(
    tx,
    { subscriptionId, network: rows[0]?.network ?? DEFAULT_NETWORK, jobId: randomUUID() },
    assetIds,
  );
}
