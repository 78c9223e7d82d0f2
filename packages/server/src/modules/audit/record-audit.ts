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

/** The one writer of a database on this node. */
export function writerOf(db: Database): AuditWriter {
  let writer = writers.get(db);
  if (!writer) {
    writer = new AuditWriter(db);
    writers.set(db, writer);
  }
  return writer;
}
