import type { Caller } from "../../caller.ts";
import type { Database, SqlHandle } from "../../db/pool.ts";
import { type AuditEvent, AuditWriter, toStorable } from "./audit-writer.ts";
import { insertEvents } from "./store.ts";

const writers = new WeakMap<Database, AuditWriter>();

/**
 * Appends to the audit log, which the database does not let anybody change; resolves when it is committed. With a
 * transaction it is written in that one, and committed with it.
 *
 * @throws AppError `unavailable` when more events wait than are kept
 */
export function recordAudit(db: Database, event: AuditEvent, tx?: SqlHandle): Promise<void> {
  return writerOf(db).write(event, tx);
}

/** Who does something, and from where. */
export type Actor = { caller: Caller; address: string };

/**
 * Records that somebody has changed a thing of their subscription, in the transaction that changes it. To be called last in
 * it: other events of the subscription wait until it ends.
 */
export async function recordChange(
  tx: SqlHandle,
  { caller, address }: Actor,
  change: Pick<AuditEvent, "action" | "target" | "detail">,
): Promise<void> {
  const { subscriptionId, username: actor } = caller;
  await insertEvents(tx, [toStorable({ subscriptionId, actor, address, result: "success", ...change })]);
}

/** The one writer of a database on this node. */
export function writerOf(db: Database): AuditWriter {
  let writer = writers.get(db);
  if (!writer) {
    writer = new AuditWriter(db);
    writers.set(db, writer);
  }
  return writer;
}
