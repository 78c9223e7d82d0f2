import { AppError, type BodyOf, type etmScoreSettingsUpdate } from "@breakwater/contract";
import type { Transaction } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";
import type { Jobs } from "../../jobs/index.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { lockScores, raiseScoreBasis, requestScoreWalk } from "../findings/index.ts";
import { DEFAULT_SETTINGS, isRescoring, readSettings, type Settings, writeSettings } from "./settings-store.ts";
import { toWalkKey, WALK_TASK } from "./walk-task.ts";

export type ScoreParts = { jobs: () => Jobs };

export async function getSettings(db: ScopedDb) {
  return { ...(await readSettings(db)), isRescoring: await isRescoring(db) };
}

/**
 * Changes the members given, and has all scores of the subscription made anew.
 *
 * @throws AppError `permission-required` (a scope of their own), `invalid-parameter` (bands that are not in order)
 */
export async function changeSettings(
  db: ScopedDb,
  parts: ScoreParts,
  actor: Actor,
  { weights, bands }: BodyOf<typeof etmScoreSettingsUpdate>,
) {
  if (actor.caller.scope.kind !== "all") {
    throw new AppError("permission-required", "a scope over all assets is required to change how they are scored");
  }
  await db.transaction(async (tx) => {
    // Alone, so that no import goes on with the former weights.
    await lockScores(tx.write as Transaction<unknown>, "alone");
    const former = await readSettings(tx);
    const next: Settings = {
      weights: weights === null ? DEFAULT_SETTINGS.weights : { ...former.weights, ...weights },
      bands: bands === null ? DEFAULT_SETTINGS.bands : { ...former.bands, ...bands },
    };
    if (next.bands.critical <= next.bands.high || next.bands.high <= next.bands.medium) {
      throw new AppError("invalid-parameter", "bands: critical must be above high, and high above medium");
    }
    await writeSettings(tx, next);
    await raiseScoreBasis(tx.write as Transaction<unknown>);
    await requestScoreWalk(tx.write as Transaction<unknown>, db.subscriptionId, { isOfWeights: true });
    const detail = { changed: Object.keys({ ...(weights && { weights }), ...(bands && { bands }) }).join(" ") };
    await recordChange(tx.write, actor, { action: "etm.score-settings.update", detail });
  });
  // Should this wake-up get lost, the sweep finds the walk.
  await parts
    .jobs()
    .enqueue(WALK_TASK, toWalkKey(db.subscriptionId))
    .catch(() => undefined);
  return getSettings(db);
}
