import { sql, type Transaction } from "kysely";
import type { Database } from "../../db/pool.ts";
import type { JobKey, Jobs } from "../../jobs/index.ts";
import { lockScores, requestScoreWalk, settleNextAssets } from "../findings/index.ts";
import { toWalkKey, WALK_TASK } from "../scores/index.ts";
import { holdTags } from "../tags/index.ts";
import { isConnectionLive } from "./connection-store.ts";
import type { ConnectionTurns } from "./connection-turns.ts";
import { TakenOverError } from "./import-run.ts";
import { holdImport } from "./import-store.ts";

type Left = { connectionId: number | null; product: string | null; staleChecks: readonly number[] | null };

/**
 * Settles the assets that a job which is given up has written to, as those of a run that may have missed something: what
 * is stored of them is more than its source's last whole report told.
 *
 * @throws TakenOverError
 * @throws ConnectionBusyError another import of the connection is running
 */
export async function settleAbandoned(
  db: Database,
  turns: ConnectionTurns,
  key: JobKey,
  attempt: number,
): Promise<void> {
  const { subscriptionId, id: jobId } = key;
  const { connectionId, product } = await readLeft(db.imports, key);
  if (connectionId === null || product === null) return;
  await turns.take(subscriptionId, connectionId);
  // What a deleted one said ends with it.
  let isDone = !(await isConnectionLive(db, subscriptionId, connectionId));
  while (!isDone) {
    await db.imports.transaction().execute(async (tx) => {
      if (!(await holdImport(tx, key, attempt))) throw new TakenOverError();
      await holdTags(tx, subscriptionId);
      await lockScores(tx, "shared");
      ({ isDone } = await settleNextAssets(tx, { subscriptionId, jobId, connectionId, product }, false));
    });
  }
}

/**
 * Has the findings of checks that the job told anew scored by a walk instead. In the transaction that ends the job and
 * holds its row.
 *
 * @returns whether a walk is to be done
 */
export async function leaveScoresToWalk(tx: Transaction<unknown>, key: JobKey): Promise<boolean> {
  const { staleChecks } = await readLeft(tx, key);
  if (!staleChecks || staleChecks.length === 0) return false;
  await lockScores(tx, "alone");
  await requestScoreWalk(tx, key.subscriptionId);
  return true;
}

/** Should this wake-up get lost, the sweep finds the walk. */
export async function wakeWalk(jobs: () => Jobs, subscriptionId: number): Promise<void> {
  await jobs()
    .enqueue(WALK_TASK, toWalkKey(subscriptionId))
    .catch(() => undefined);
}

/** What the run's last commit left to do; nulls when the job was not reading a scan. */
async function readLeft(db: Parameters<ReturnType<typeof sql>["execute"]>[0], key: JobKey): Promise<Left> {
  const { rows } = await sql<Left>`
    SELECT (checkpoint->'sink'->>'connectionId')::integer AS "connectionId",
      coalesce(checkpoint->'sink'->>'product', (SELECT n.product FROM connection n
        WHERE n.subscription_id = j.subscription_id AND n.id = (checkpoint->'sink'->>'connectionId')::integer)) AS product,
      checkpoint->'sink'->'staleChecks' AS "staleChecks"
    FROM import_job j WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id}`.execute(db);
  return rows[0] ?? { connectionId: null, product: null, staleChecks: null };
}
