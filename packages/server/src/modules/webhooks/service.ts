import { AppError, type adminWebhookCreate, type adminWebhookUpdate, type BodyOf } from "@breakwater/contract";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import type { Jobs } from "../../jobs/index.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { assertVisibleName } from "../users/index.ts";
import { wakeWebhooks } from "./publish-event.ts";
import { makeSecret } from "./signature.ts";
import {
  type DeliveryRow,
  deleteWebhook,
  giveUpPending,
  insertDelivery,
  insertWebhook,
  listWebhooks,
  rotateSecret,
  updateWebhook,
  type WebhookRow,
} from "./store.ts";
import { readWebhookUrl } from "./webhook-url.ts";

export type WebhookParts = { clock: Clock; jobs: () => Pick<Jobs, "enqueue"> };
type WithSecret = { row: WebhookRow; secret: string };

/** How long the former secret signs beside a new one. */
const ROTATION_MS = 24 * 3_600_000;

/** @throws AppError `invalid-parameter` (url, description), `conflict` (too many) */
export async function createWebhook(
  db: ScopedDb,
  actor: Actor,
  body: BodyOf<typeof adminWebhookCreate>,
): Promise<WithSecret> {
  const { description = "", events = [] } = body;
  const url = readWebhookUrl(body.url, { canUseLoopback: actor.caller.isOperator });
  if (description) assertVisibleName(description, "description");
  const secret = makeSecret();
  const createdBy = actor.caller.username;
  const row = await db.transaction(async (tx) => {
    const created = await insertWebhook(tx, { url, description, events: [...new Set(events)], secret, createdBy });
    if (!created) throw new AppError("conflict", "the subscription has 50 webhooks already; delete one first");
    await audit(tx, actor, "admin.webhook.create", created);
    return created;
  });
  return { row, secret };
}

/** @throws AppError `not-found` */
export async function findWebhook(db: ScopedDb, id: string): Promise<WebhookRow> {
  const [row] = await listWebhooks(db, id);
  return row ?? throwNotFound(id);
}

/** @throws AppError `not-found`, `invalid-parameter` */
export async function changeWebhook(
  db: ScopedDb,
  actor: Actor,
  id: string,
  body: BodyOf<typeof adminWebhookUpdate>,
): Promise<WebhookRow> {
  const url =
    body.url === undefined ? undefined : readWebhookUrl(body.url, { canUseLoopback: actor.caller.isOperator });
  if (body.description) assertVisibleName(body.description, "description");
  return db.transaction(async (tx) => {
    const changed = (await updateWebhook(tx, id, { ...body, url })) ?? throwNotFound(id);
    if (body.isEnabled === false) await giveUpPending(tx.write, db.subscriptionId, id);
    await audit(tx, actor, "admin.webhook.update", changed);
    return changed;
  });
}

/** @throws AppError `not-found` */
export async function removeWebhook(db: ScopedDb, actor: Actor, id: string): Promise<void> {
  await db.transaction(async (tx) => {
    const row = (await deleteWebhook(tx, id)) ?? throwNotFound(id);
    await audit(tx, actor, "admin.webhook.delete", row);
  });
}

/** @throws AppError `not-found` */
export async function rotateWebhook(db: ScopedDb, parts: WebhookParts, actor: Actor, id: string): Promise<WithSecret> {
  const secret = makeSecret();
  const row = await db.transaction(async (tx) => {
    const rotated = await rotateSecret(tx, id, secret, new Date(parts.clock() + ROTATION_MS));
    if (!rotated) return throwNotFound(id);
    await audit(tx, actor, "admin.webhook.rotate", rotated);
    return rotated;
  });
  return { row, secret };
}

/**
 * Sends a message of type `webhook.test`, whatever the webhook listens to.
 *
 * @throws AppError `not-found`, `conflict` (disabled)
 */
export async function pingWebhook(db: ScopedDb, parts: WebhookParts, actor: Actor, id: string): Promise<DeliveryRow> {
  const row = await findWebhook(db, id);
  const at = new Date(parts.clock());
  const body = JSON.stringify({ type: "webhook.test", timestamp: at.toISOString(), data: { webhook: row.id } });
  const delivery = await db.transaction(async (tx) => {
    const inserted = await insertDelivery(tx, id, { type: "webhook.test", body, at });
    if (!inserted) throw new AppError("conflict", "the webhook is disabled; enable it first");
    await audit(tx, actor, "admin.webhook.ping", row);
    return inserted;
  });
  await wakeWebhooks(parts.jobs());
  return delivery;
}

function throwNotFound(id: string): never {
  throw new AppError("not-found", `there is no webhook ${id}`);
}

/** The host alone: a path or query may hold the receiver's own key. */
function audit(tx: ScopedDb, actor: Actor, action: string, row: WebhookRow): Promise<void> {
  const detail = { host: new URL(row.url).host, isEnabled: row.is_enabled };
  return recordChange(tx.write, actor, { action, target: row.id, detail });
}
