import { AppError, type BodyOf, type ingestConnectionCreate, type ingestConnectionUpdate } from "@breakwater/contract";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import type { Jobs } from "../../jobs/index.ts";
import { ADVISORY_MATCHING } from "../advisories/index.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { toWalkKey, WALK_TASK } from "../scores/index.ts";
import { assertVisibleName } from "../users/index.ts";
import { followStanding, holdStanding } from "./connection-standing.ts";
import {
  type ConnectionRow,
  type ConnectionSettings,
  holdConnection,
  insertConnection,
  listConnections,
  markDeleted,
  readUse,
  updateConnection,
} from "./connection-store.ts";
import { toCsvMapping } from "./csv-mapping.ts";
import { END_CONNECTION_TASK } from "./end-connection-task.ts";

export type ConnectionParts = { clock: Clock; jobs: () => Pick<Jobs, "enqueue"> };
type Change = BodyOf<typeof ingestConnectionUpdate>;

const DEFAULTS = {
  network: "default",
  is_complete: true,
  retain_missing: false,
  csv_mapping: null,
  trust_rank: 50,
  default_criticality: null,
};

/** @throws AppError `permission-required` (scope), `invalid-parameter`, `conflict` (name taken) */
export async function createConnection(
  db: ScopedDb,
  actor: Actor,
  body: BodyOf<typeof ingestConnectionCreate>,
): Promise<ConnectionRow> {
  assertFullScope(db);
  return db.transaction(async (tx) => {
    const row = await insertConnection(tx, toSettings({ ...DEFAULTS, name: body.name }, body));
    if (!row) return throwNameTaken(body.name);
    await audit(tx, actor, "ingest.connection.create", row);
    return row;
  });
}

/** @throws AppError `not-found` */
export async function findConnection(db: ScopedDb, id: number): Promise<ConnectionRow> {
  const [row] = await listConnections(db, id);
  return row ?? throwNotFound(id);
}

/** @throws AppError `permission-required` (scope), `not-found`, `invalid-parameter`, `conflict` (name taken, network in use) */
export async function changeConnection(
  db: ScopedDb,
  { jobs }: Pick<ConnectionParts, "jobs">,
  actor: Actor,
  { id, change }: { id: number; change: Change },
): Promise<ConnectionRow> {
  assertFullScope(db);
  const { name, trustRank, defaultCriticality } = change;
  let isWalkDue = false;
  const changed = await db.transaction(async (tx) => {
    if (name !== undefined || trustRank !== undefined || defaultCriticality !== undefined) await holdStanding(tx);
    const before = (await holdConnection(tx, id)) ?? throwNotFound(id);
    const next = toSettings(before, change);
    await assertChangeable(tx, before, next);
    const row = (await updateConnection(tx, id, next)) ?? throwNameTaken(next.name);
    isWalkDue = await followStanding(tx, before, row);
    await audit(tx, actor, "ingest.connection.update", row, { changed: Object.keys(change).sort().join(", ") });
    return row;
  });
  // Should this wake-up get lost, the sweep finds the walk.
  const enqueue = () => jobs().enqueue(WALK_TASK, toWalkKey(db.subscriptionId));
  if (isWalkDue) await enqueue().catch(() => undefined);
  return changed;
}

/**
 * Ends a connection. What it reported ends by a task: it may be much.
 *
 * @throws AppError `permission-required` (scope), `not-found`, `conflict` (an import is under way, or findings are present
 *   and `confirm` is not the name)
 */
export async function removeConnection(
  db: ScopedDb,
  parts: ConnectionParts,
  actor: Actor,
  { id, confirm }: { id: number; confirm?: string | undefined },
): Promise<void> {
  assertFullScope(db);
  await db.transaction(async (tx) => {
    const before = (await holdConnection(tx, id)) ?? throwNotFound(id);
    assertNotOwn(before.name);
    const { isImporting, hasPresent } = await readUse(tx, before);
    if (isImporting) throw new AppError("conflict", "an import of the connection is under way; wait for its end");
    if (hasPresent && confirm !== before.name) {
      const message = `findings are present by the connection and would end; to delete it, repeat its name in the parameter confirm`;
      throw new AppError("conflict", message);
    }
    await markDeleted(tx, id, parts.clock());
    await audit(tx, actor, "ingest.connection.delete", before);
  });
  const key = { subscriptionId: db.subscriptionId, id: String(id) };
  // Should this wake-up get lost, the sweep of unfinished jobs finds the row.
  await parts
    .jobs()
    .enqueue(END_CONNECTION_TASK, key)
    .catch(() => undefined);
}

function toSettings(before: ConnectionSettings, change: Change): ConnectionSettings {
  const { name = before.name, network = before.network } = change;
  assertVisibleName(name, "name");
  assertVisibleName(network, "network");
  const { isComplete = before.is_complete, retainMissing = before.retain_missing, csvMapping } = change;
  return {
    name,
    network,
    is_complete: isComplete,
    retain_missing: retainMissing,
    csv_mapping: csvMapping === undefined ? before.csv_mapping : csvMapping && toCsvMapping(csvMapping),
    trust_rank: change.trustRank ?? before.trust_rank,
    default_criticality:
      change.defaultCriticality === undefined ? before.default_criticality : change.defaultCriticality,
  };
}

async function assertChangeable(tx: ScopedDb, before: ConnectionRow, next: ConnectionSettings): Promise<void> {
  if (next.name === before.name && next.network === before.network) return;
  assertNotOwn(before.name);
  const { isImporting, hasAssets } = await readUse(tx, before);
  if (isImporting) throw new AppError("conflict", "an import of the connection is under way; wait for its end");
  if (next.network !== before.network && hasAssets) {
    const message = `the connection has brought assets, which are of the network ${JSON.stringify(before.network)}; create another one for ${JSON.stringify(next.network)}`;
    throw new AppError("conflict", message);
  }
}

/** A connection decides what closes findings of any asset. */
function assertFullScope({ scope }: ScopedDb): void {
  if (scope.kind === "all") return;
  throw new AppError("permission-required", "a connection concerns every asset: changing it needs the full scope");
}

/** Findings of matched advisories end with their detections only. */
function assertNotOwn(name: string): void {
  if (name.toLowerCase() !== ADVISORY_MATCHING.toLowerCase()) return;
  throw new AppError("conflict", "this connection is the product's own: it can be neither renamed nor deleted");
}

function throwNotFound(id: number): never {
  throw new AppError("not-found", `there is no connection ${id}`);
}

function throwNameTaken(name: string): never {
  throw new AppError("conflict", `there is a connection ${JSON.stringify(name)} already`);
}

function audit(
  tx: ScopedDb,
  actor: Actor,
  action: string,
  row: ConnectionRow,
  more: Record<string, string> = {},
): Promise<void> {
  const { trust_rank: trustRank, default_criticality: defaultCriticality } = row;
  const runs = { isComplete: row.is_complete, retainMissing: row.retain_missing, network: row.network };
  const detail = { ...runs, trustRank, defaultCriticality, ...more };
  return recordChange(tx.write, actor, { action, target: row.name, detail });
}
