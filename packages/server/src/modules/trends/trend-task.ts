import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import type { Task } from "../../jobs/index.ts";
import { listUnlooked, takeSnapshot } from "./snapshot-store.ts";

/**
 * Takes a snapshot of each subscription once a day (UTC), as soon as a node runs on that day. A day on which none ran has
 * none: what it looked like is not known.
 */
export function createTrendTask({
  db,
  clock,
  retentionDays,
}: {
  db: Database;
  clock: Clock;
  retentionDays: number;
}): Task {
  return {
    name: "trend",
    listUnfinished: async () => {
      const ids = await listUnlooked(db, new Date(clock()));
      return ids.map((subscriptionId) => ({ subscriptionId, id: "day" }));
    },
    run: ({ subscriptionId }) => takeSnapshot(db, subscriptionId, { now: new Date(clock()), retentionDays }),
  };
}
