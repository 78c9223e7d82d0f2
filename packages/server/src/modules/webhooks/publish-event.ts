import type { WebhookEvent } from "@breakwater/contract";
import type { SqlHandle } from "../../db/pool.ts";
import type { Jobs } from "../../jobs/index.ts";
import { OUTBOX_KEY, OUTBOX_TASK } from "./outbox-task.ts";
import { insertDeliveries } from "./store.ts";

/**
 * Puts a message for each webhook that listens into the outbox, within the transaction of what it tells of. Once that is
 * committed, {@link wakeWebhooks} sends it at once; otherwise the next look for unfinished jobs does.
 *
 * @param event.subscriptionId whose webhooks; null: everybody's
 * @param event.data becomes JSON; never holds a secret
 */
export async function publishEvent(
  tx: SqlHandle,
  event: { subscriptionId: number | null; type: WebhookEvent; data: object; nowMs: number },
): Promise<void> {
  const { subscriptionId, type, data } = event;
  const at = new Date(event.nowMs);
  await insertDeliveries(tx, {
    subscriptionId,
    type,
    at,
    body: JSON.stringify({ type, timestamp: at.toISOString(), data }),
  });
}

/** Has the outbox looked at now. */
export function wakeWebhooks(jobs: Pick<Jobs, "enqueue">): Promise<void> {
  return jobs.enqueue(OUTBOX_TASK, OUTBOX_KEY);
}
