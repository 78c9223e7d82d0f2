import type { Caller } from "../../caller.ts";
import type { Database, SqlHandle } from "../../db/pool.ts";
import { type AuditEvent, AuditWriter } from "./audit-writer.ts";

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

/** Records that somebody has changed a thing of their subscription: {@link recordAudit} for what succeeded. */
export function recordChange(
  db: Database,
  { caller, address }: Actor,
  change: Pick<AuditEvent, "action" | "target" | "detail">,
  tx?: SqlHandle,
): Promise<void> {
  const { subscriptionId, username: actor } = caller;
  return recordAudit(db, { subscriptionId, actor, address, result: "success", ...change }, tx);
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
