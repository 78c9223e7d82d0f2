import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import type { JobKey, Task } from "../../jobs/index.ts";
import { deleteEventsUntil, hasEventsUntil } from "./event-store.ts";

const RETENTION_KEY: JobKey = { subscriptionId: 0, id: "events" };
/** ot.md 2.1: process-integrity events are kept 90 days. */
const RETENTION_MS = 90 * 86_400_000;
const STEP = 5000;

/** Removes process-integrity events 90 days after they were imported last. */
export function createEventRetentionTask(db: Database, clock: Clock): Task {
  const limit = () => new Date(clock() - RETENTION_MS);
  return {
    name: "ot-event-retention",
    isQuick: true,
    listUnfinished: async () => ((await hasEventsUntil(db, limit())) ? [RETENTION_KEY] : []),
    run: async (_key, { signal }) => {
      while (!signal.aborted && (await deleteEventsUntil(db, limit(), STEP)) > 0) {}
    },
  };
}
