import type { Database } from "../../db/pool.ts";
import type { JobKey, Task } from "../../jobs/index.ts";
import { listScoreWalks, walkScores } from "../findings/index.ts";

export const WALK_TASK = "score-walk";

export function toWalkKey(subscriptionId: number): JobKey {
  return { subscriptionId, id: "scores" };
}

/** Brings the stored scores of a subscription up to date, in bounded transactions; goes on where it was ended. */
export function createWalkTask(db: Database): Task {
  return {
    name: WALK_TASK,
    listUnfinished: async () => (await listScoreWalks(db.imports)).map(toWalkKey),
    run: async ({ subscriptionId }, { signal }) => {
      let isDone = false;
      while (!isDone && !signal.aborted) {
        isDone = await db.imports.transaction().execute((tx) => walkScores(tx, subscriptionId));
      }
    },
  };
}
