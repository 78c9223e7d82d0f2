import { type RawBuilder, sql } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";

type Runner = Parameters<RawBuilder<unknown>["execute"]>[0];

export type WebhookRow = {
  id: string;
  url: string;
  description: string;
  events: string[];
  is_enabled: boolean;
  disabled_reason: string | null;
  created_by: string;
  created_at: Date;
};

export type DeliveryRow = {
  id: string;
  type: string;
  status: "PENDING" | "DELIVERED" | "FAILED";
  attempts: number;
  created_at: Date;
  next_attempt_at: Date;
  last_attempt_at: Date | null;
  last_status: number | null;
  last_error: string | null;
};

/** Each costs an attempt per event; nobody needs more receivers than this. */
const MAX_WEBHOOKS = 50;

// The secret is not among them: nothing that lists can show it.
const COLUMNS = sql`id, url, description, events, is_enabled, disabled_reason, created_by, created_at`;
const DELIVERY_COLUMNS = sql`id, type, status, attempts, created_at, next_attempt_at, last_attempt_at, last_status, last_error`;

/** Webhooks of the subscription, oldest first; `id` narrows to one. */
export async function listWebhooks(db: ScopedDb, id?: string): Promise<WebhookRow[]> {
  const { rows } = await sql<WebhookRow>`
    SELECT ${COLUMNS} FROM webhook
    WHERE subscription_id = ${db.subscriptionId} AND (${id ?? null}::uuid IS NULL OR id = ${id ?? null})
    ORDER BY created_at, id`.execute(db.write);
  return rows;
}

/** The new webhook; undefined when the subscription has as many as it may. */
export async function insertWebhook(
  db: ScopedDb,
  webhook: { url: string; description: string; events: readonly string[]; secret: string; createdBy: string },
): Promise<WebhookRow | undefined> {
  const { url, description, events, secret, createdBy } = webhook;
  const { rows } = await sql<WebhookRow>`
    INSERT INTO webhook (subscription_id, url, description, events, secret, created_by)
    SELECT ${db.subscriptionId}, ${url}, ${description}, ${[...events]}::text[], ${secret}, ${createdBy}
    WHERE (SELECT count(*) FROM webhook WHERE subscription_id = ${db.subscriptionId}) < ${MAX_WEBHOOKS}
    RETURNING ${COLUMNS}`.execute(db.write);
  return rows[0];
}

/** Members that are undefined stay. Enabling takes the reason for the disabling away. */
export async function updateWebhook(
  db: ScopedDb,
  id: string,
  change: {
    url?: string | undefined;
    description?: string | undefined;
    events?: readonly string[] | undefined;
    isEnabled?: boolean | undefined;
  },
): Promise<WebhookRow | undefined> {
  const { url = null, description = null, events, isEnabled = null } = change;
  const { rows } = await sql<WebhookRow>`
    UPDATE webhook SET
      url = coalesce(${url}, url), description = coalesce(${description}, description),
      events = coalesce(${events ? [...events] : null}::text[], events),
      is_enabled = coalesce(${isEnabled}::boolean, is_enabled),
      disabled_reason = CASE WHEN ${isEnabled}::boolean THEN NULL ELSE disabled_reason END
    WHERE subscription_id = ${db.subscriptionId} AND id = ${id} RETURNING ${COLUMNS}`.execute(db.write);
  return rows[0];
}

export async function deleteWebhook(db: ScopedDb, id: string): Promise<WebhookRow | undefined> {
  const { rows } = await sql<WebhookRow>`
    DELETE FROM webhook WHERE subscription_id = ${db.subscriptionId} AND id = ${id} RETURNING ${COLUMNS}`.execute(
    db.write,
  );
  return rows[0];
}

/** A new secret; the present one signs beside it until `formerUntil`. */
export async function rotateSecret(
  db: ScopedDb,
  id: string,
  secret: string,
  formerUntil: Date,
): Promise<WebhookRow | undefined> {
  const { rows } = await sql<WebhookRow>`
    UPDATE webhook SET former_secret = secret, former_secret_until = ${formerUntil}, secret = ${secret}
    WHERE subscription_id = ${db.subscriptionId} AND id = ${id} RETURNING ${COLUMNS}`.execute(db.write);
  return rows[0];
}

/** What a disabled webhook will not be told any more. */
export async function giveUpPending(tx: Runner, subscriptionId: number, webhookId: string): Promise<void> {
  await sql`
    UPDATE webhook_delivery SET status = 'FAILED', last_error = coalesce(last_error, 'the webhook was disabled')
    WHERE subscription_id = ${subscriptionId} AND webhook_id = ${webhookId} AND status = 'PENDING'`.execute(tx);
}

/** The newest deliveries of a webhook. */
export async function listDeliveries(db: ScopedDb, webhookId: string): Promise<DeliveryRow[]> {
  const { rows } = await sql<DeliveryRow>`
    SELECT ${DELIVERY_COLUMNS} FROM webhook_delivery
    WHERE subscription_id = ${db.subscriptionId} AND webhook_id = ${webhookId}
    ORDER BY created_at DESC, id LIMIT 100`.execute(db.read);
  return rows;
}

/** A message for one enabled webhook; undefined when there is none. */
export async function insertDelivery(
  db: ScopedDb,
  webhookId: string,
  message: { type: string; body: string; at: Date },
): Promise<DeliveryRow | undefined> {
  const { rows } = await sql<DeliveryRow>`
    INSERT INTO webhook_delivery (subscription_id, webhook_id, type, body, created_at, next_attempt_at)
    SELECT subscription_id, id, ${message.type}, ${message.body}, ${message.at}, ${message.at} FROM webhook
    WHERE subscription_id = ${db.subscriptionId} AND id = ${webhookId} AND is_enabled
    RETURNING ${DELIVERY_COLUMNS}`.execute(db.write);
  return rows[0];
}

/** A message for every enabled webhook that listens to its type. */
export async function insertDeliveries(
  tx: Runner,
  message: { subscriptionId: number | null; type: string; body: string; at: Date },
): Promise<void> {
  const { subscriptionId, type, body, at } = message;
  await sql`
    INSERT INTO webhook_delivery (subscription_id, webhook_id, type, body, created_at, next_attempt_at)
    SELECT subscription_id, id, ${type}, ${body}, ${at}, ${at} FROM webhook
    WHERE is_enabled AND (${subscriptionId}::integer IS NULL OR subscription_id = ${subscriptionId})
      AND (events = '{}' OR ${type} = ANY (events))`.execute(tx);
}
