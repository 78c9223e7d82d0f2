import { type LifecycleProfile, lifecycleTransitions } from "@breakwater/domain/lifecycle/index";
import type { Clock } from "../../context.ts";
import type { Database, SqlHandle } from "../../db/pool.ts";
import type { JobKey, Jobs, Task } from "../../jobs/index.ts";
import { publishEvent, wakeWebhooks } from "../webhooks/index.ts";
import { listEntries, listUntold, markTold, type StoredEntry } from "./store.ts";
import { toLifecycleEvent } from "./views.ts";

const KEY: JobKey = { subscriptionId: 0, id: "transitions" };

type Reached = { key: string; type: "api.eos" | "api.eol"; entry: StoredEntry };

/** Transitions whose time has come. A date that is moved after it was told of is a transition of its own. */
function listReached(entries: readonly StoredEntry[], profile: LifecycleProfile, nowMs: number): Reached[] {
  return entries.flatMap((entry) =>
    lifecycleTransitions(entry, profile)
      .filter(({ at }) => at <= nowMs)
      .map(({ to, at }): Reached => ({ key: `${to} ${entry.api} ${at}`, type: `api.${to}`, entry })),
  );
}

/** Publishes the transitions that have come and that nobody has told of yet, once for all nodes. */
export async function tellTransitions(tx: SqlHandle, profile: LifecycleProfile, nowMs: number): Promise<void> {
  const reached = listReached(await listEntries(tx), profile, nowMs);
  const untold = await markTold(
    tx,
    reached.map(({ key }) => key),
  );
  for (const { key, type, entry } of reached) {
    if (untold.has(key)) await publishEvent(tx, { subscriptionId: null, type, data: toLifecycleEvent(entry), nowMs });
  }
}

/** Looks now and then whether time alone has moved a version on. */
export function createTransitionTask(parts: {
  db: Database;
  clock: Clock;
  profile: LifecycleProfile;
  jobs: () => Pick<Jobs, "enqueue">;
}): Task {
  const { db, clock, profile } = parts;
  return {
    name: "lifecycle-transitions",
    isQuick: true,
    async listUnfinished() {
      const reached = listReached(await listEntries(db.read), profile, clock());
      const untold = await listUntold(
        db.read,
        reached.map(({ key }) => key),
      );
      return untold.length > 0 ? [KEY] : [];
    },
    async run() {
      await db.write.transaction().execute((tx) => tellTransitions(tx, profile, clock()));
      await wakeWebhooks(parts.jobs());
    },
  };
}
