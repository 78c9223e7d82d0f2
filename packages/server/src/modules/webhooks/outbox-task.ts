import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import type { JobKey, Task } from "../../jobs/index.ts";
import {
  type DueDelivery,
  dropOldDeliveries,
  findDue,
  listDueWebhooks,
  recordDelivered,
  recordGivenUp,
  recordRetry,
  type WebhookKey,
} from "./outbox-store.ts";
import { postMessage } from "./post-message.ts";
import { MAX_ATTEMPTS, retryDelayMs } from "./retry-delay.ts";
import { sign } from "./signature.ts";

export const OUTBOX_TASK = "webhook-outbox";
/** One run at a time on all nodes together, by the lock of the job. */
export const OUTBOX_KEY: JobKey = { subscriptionId: 0, id: "outbox" };

const WEBHOOKS_AT_ONCE = 8;
const LOOK_AGAIN_MS = 500;
const TIMEOUT_MS = 10_000;
const KEEP_MS = 30 * 24 * 3_600_000;
const GONE = 410;

export type OutboxParts = { db: Database; clock: Clock; timeoutMs?: number };

/**
 * Sends what waits in the outbox: at least once, since a message is struck off only after its receiver has taken it.
 * Each webhook has its messages one after the other, and after a failure rests until its next attempt is due, so that
 * one that does not answer holds up none but itself.
 */
export function createOutboxTask(parts: OutboxParts): Task {
  const { db, clock } = parts;
  const now = () => new Date(clock());
  return {
    name: OUTBOX_TASK,
    isQuick: true,
    listUnfinished: async () => ((await listDueWebhooks(db, now())).length > 0 ? [OUTBOX_KEY] : []),
    async run(_key, { signal }) {
      await dropOldDeliveries(db, new Date(clock() - KEEP_MS));
      const lanes = new Set<Promise<void>>();
      // Who has been sent to in this run is looked at again, unless it failed.
      const resting = new Set<string>();
      const busy = new Set<string>();
      let turn: WebhookKey[] = [];
      const isFree = ({ webhook_id }: WebhookKey) => !resting.has(webhook_id) && !busy.has(webhook_id);
      while (!signal.aborted) {
        if (turn.length === 0) turn = (await listDueWebhooks(db, now())).filter(isFree);
        if (turn.length === 0 && lanes.size === 0) return;
        while (turn.length > 0 && lanes.size < WEBHOOKS_AT_ONCE) {
          const key = turn.shift() as WebhookKey;
          busy.add(key.webhook_id);
          const lane: Promise<void> = sendNext(parts, key, signal)
            .then((isTaken) => {
              if (!isTaken) resting.add(key.webhook_id);
            })
            .finally(() => {
              busy.delete(key.webhook_id);
              lanes.delete(lane);
            });
          lanes.add(lane);
        }
        // A slow receiver does not keep what falls due for others from being seen.
        await Promise.race([...lanes, delay(LOOK_AGAIN_MS, undefined, { ref: false })]);
      }
      await Promise.all(lanes);
    },
  };
}

/**
 * One message and no more: who has many waits its turn again behind the others.
 *
 * @returns whether it was taken, or nothing was due
 */
async function sendNext(parts: OutboxParts, key: WebhookKey, signal: AbortSignal): Promise<boolean> {
  const delivery = await findDue(parts.db, key, new Date(parts.clock()));
  return delivery === undefined || attempt(parts, delivery, signal);
}

async function attempt(parts: OutboxParts, delivery: DueDelivery, signal: AbortSignal): Promise<boolean> {
  const { db, clock, timeoutMs = TIMEOUT_MS } = parts;
  const reach = { canUseLoopback: delivery.is_operator };
  let outcome: Awaited<ReturnType<typeof postMessage>>;
  try {
    outcome = await postMessage(toMessage(delivery, clock()), { timeoutMs, reach }, signal);
  } catch (error) {
    // Stopped in the middle: the receiver may have it or not, so it is sent again.
    if (signal.aborted) return false;
    throw error;
  }
  const now = new Date(clock());
  const attempts = delivery.attempts + 1;
  if (outcome.error === null) {
    await recordDelivered(db, delivery, outcome, now);
    return true;
  }
  if (outcome.status === GONE) {
    await recordGivenUp(db, delivery, outcome, { now, reason: "the receiver answered 410 Gone" });
  } else if (attempts >= MAX_ATTEMPTS) {
    const reason = `${MAX_ATTEMPTS} attempts to deliver a message failed; the last: ${outcome.error}`;
    await recordGivenUp(db, delivery, outcome, { now, reason });
  } else {
    const next = new Date(now.getTime() + retryDelayMs(attempts, Math.random()));
    await recordRetry(db, delivery, outcome, { now, next });
  }
  return false;
}

function toMessage({ id, body, url, secret, former_secret }: DueDelivery, nowMs: number) {
  const messageId = `msg_${id}`;
  const timestampSec = Math.floor(nowMs / 1000);
  const secrets = former_secret === null ? [secret] : [secret, former_secret];
  return {
    url,
    body,
    headers: {
      "content-type": "application/json",
      "user-agent": "Breakwater",
      "webhook-id": messageId,
      "webhook-timestamp": String(timestampSec),
      "webhook-signature": sign(secrets, { id: messageId, timestampSec, body }),
    },
  };
}
