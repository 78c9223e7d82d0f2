import { sql } from "kysely";
import type { Database } from "../../db/pool.ts";
import type { Outcome } from "./post-message.ts";
import { giveUpPending } from "./store.ts";

/** A webhook as the outbox names it. */
export type WebhookKey = { subscription_id: number; webhook_id: string };

/** A message whose time has come, with what is needed to send it. */
export type DueDelivery = WebhookKey & {
  id: string;
  body: string;
  attempts: number;
  url: string;
  secret: string;
  /** Still signing after a rotation, else null. */
  former_secret: string | null;
  is_operator: boolean;
};

/** Webhooks with a message whose time has come. */
export async function listDueWebhooks(db: Database, now: Date): Promise<WebhookKey[]> {
  const { rows } = await sql<WebhookKey>`
    SELECT DISTINCT d.subscription_id, d.webhook_id FROM webhook_delivery d
    JOIN webhook w ON w.subscription_id = d.subscription_id AND w.id = d.webhook_id AND w.is_enabled
    WHERE d.status = 'PENDING' AND d.next_attempt_at <= ${now}
    ORDER BY d.subscription_id, d.webhook_id`.execute(db.write);
  return rows;
}

/** The oldest message of a webhook whose time has come. */
export async function findDue(db: Database, key: WebhookKey, now: Date): Promise<DueDelivery | undefined> {
  const { rows } = await sql<DueDelivery>`
    SELECT d.subscription_id, d.webhook_id, d.id, d.body, d.attempts, w.url, w.secret,
           CASE WHEN w.former_secret_until > ${now} THEN w.former_secret END AS former_secret,
           w.subscription_id = (SELECT min(id) FROM subscription) AS is_operator
    FROM webhook_delivery d
    JOIN webhook w ON w.subscription_id = d.subscription_id AND w.id = d.webhook_id AND w.is_enabled
    WHERE d.subscription_id = ${key.subscription_id} AND d.webhook_id = ${key.webhook_id}
      AND d.status = 'PENDING' AND d.next_attempt_at <= ${now}
    ORDER BY d.created_at, d.id LIMIT 1`.execute(db.write);
  return rows[0];
}

export async function recordDelivered(db: Database, delivery: DueDelivery, outcome: Outcome, now: Date): Promise<void> {
  await sql`
    UPDATE webhook_delivery
    SET status = 'DELIVERED', attempts = attempts + 1, last_attempt_at = ${now}, last_status = ${outcome.status},
        last_error = NULL
    WHERE ${isRow(delivery)}`.execute(db.write);
}

export async function recordRetry(
  db: Database,
  delivery: DueDelivery,
  outcome: Outcome,
  times: { now: Date; next: Date },
): Promise<void> {
  await sql`
    UPDATE webhook_delivery
    SET attempts = attempts + 1, last_attempt_at = ${times.now}, last_status = ${outcome.status},
        last_error = ${outcome.error}, next_attempt_at = ${times.next}
    WHERE ${isRow(delivery)}`.execute(db.write);
}

/** The last attempt failed: the webhook is disabled, and nothing waits for it any more. */
export async function recordGivenUp(
  db: Database,
  delivery: DueDelivery,
  outcome: Outcome,
  end: { now: Date; reason: string },
): Promise<void> {
  const { subscription_id, webhook_id } = delivery;
  await db.write.transaction().execute(async (tx) => {
    await sql`
      UPDATE webhook SET is_enabled = false, disabled_reason = ${end.reason}
      WHERE subscription_id = ${subscription_id} AND id = ${webhook_id}`.execute(tx);
    await sql`
      UPDATE webhook_delivery
      SET status = 'FAILED', attempts = attempts + 1, last_attempt_at = ${end.now}, last_status = ${outcome.status},
          last_error = ${outcome.error}
      WHERE ${isRow(delivery)}`.execute(tx);
    await giveUpPending(tx, subscription_id, webhook_id);
  });
}

/** Forgets what has been done with for so long that nobody asks any more. */
export async function dropOldDeliveries(db: Database, before: Date): Promise<void> {
  await sql`DELETE FROM webhook_delivery WHERE status <> 'PENDING' AND created_at < ${before}`.execute(db.write);
}

function isRow({ subscription_id, webhook_id, id }: DueDelivery) {
  return sql`subscription_id = ${subscription_id} AND webhook_id = ${webhook_id} AND id = ${id} AND status = 'PENDING'`;
}
