import type { ModuleContext, ServerModule } from "../../context.ts";
import { startHeadLog } from "./head-log.ts";
import { writerOf } from "./record-audit.ts";
import { auditRoutes } from "./routes.ts";

export type { AuditEvent } from "./audit-writer.ts";
export { type Actor, recordAudit, recordChange } from "./record-audit.ts";

/** `close` writes what waits; to be called before the database is closed. */
export function createAuditModule(
  context: Pick<ModuleContext, "db" | "log">,
): ServerModule & { close(): Promise<void> } {
  const { db, log } = context;
  const headLog = startHeadLog(db, log);
  return {
    bindings: auditRoutes(db),
    close: async () => {
      await writerOf(db).close();
      await headLog.stop();
    },
  };
}
