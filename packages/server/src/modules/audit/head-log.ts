import type { Logger } from "pino";
import type { Database } from "../../db/pool.ts";
import { listHeads } from "./store.ts";

const EVERY_MS = 3_600_000;
const HEADS_AT_ONCE = 1_000;

/**
 * Writes the head of every log that grew into the server's own log, at start and every hour. Who can change the database
 * could cut events off the end of a log and set its head back; a head kept elsewhere tells (`admin.audit.verify`).
 */
export function startHeadLog(db: Database, log: Logger): { stop(): Promise<void> } {
  const told = new Map<number, number>();
  const tell = async () => {
    try {
      for await (const { chain, id, hash } of walkHeads(db)) {
        if (told.get(chain) === id) continue;
        told.set(chain, id);
        log.info({ component: "audit", subscriptionId: chain || null, headId: id, headHash: hash }, "audit log head");
      }
    } catch (error) {
      log.warn({ component: "audit", err: error }, "the heads of the audit log could not be read");
    }
  };
  let telling = tell();
  const timer = setInterval(() => {
    telling = telling.then(tell);
  }, EVERY_MS);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await telling;
    },
  };
}

async function* walkHeads(db: Database) {
  let chain = -1;
  for (;;) {
    const heads = await listHeads(db.read, chain, HEADS_AT_ONCE);
    yield* heads;
    if (heads.length < HEADS_AT_ONCE) return;
    chain = heads.at(-1)!.chain;
  }
}
