import { sql } from "kysely";
import type { Database } from "../../db/pool.ts";

/** One security-relevant act. Never holds a secret, token or password. */
export type AuditEvent = {
  /** Null when the act could not be attributed, e.g. a log-in with an unknown name. */
  subscriptionId: number | null;
  actor: string;
  /** Operation or event name, e.g. `auth.login`. */
  action: string;
  target?: string;
  address: string;
  result: "success" | "failure";
  detail?: Record<string, string | number | boolean | null>;
};

/** Appends to the audit log, which the database does not let anybody change. */
export async function recordAudit(db: Database, event: AuditEvent): Promise<void> {
  await sql`
    INSERT INTO audit_event (subscription_id, actor, action, target, address, result, detail)
    VALUES (${event.subscriptionId}, ${toText(event.actor)}, ${event.action}, ${event.target ?? null}, ${event.address},
            ${event.result}, ${JSON.stringify(event.detail ?? {})}::jsonb)`.execute(db.write);
}

/** PostgreSQL's text cannot hold NUL, and what is being recorded may be an attack. */
function toText(text: string): string {
  return text.replaceAll("\0", "\u2400");
}
