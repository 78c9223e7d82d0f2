import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import type { JobKey, Task } from "../../jobs/index.ts";
import { recordAudit } from "../audit/index.ts";
import { lockScores, requestScoreWalk } from "../findings/index.ts";
import { endRules, listDue, moveToDay } from "./store.ts";

const toKey = (subscriptionId: number): JobKey => ({ subscriptionId, id: "risk-rules" });

/**
 * Takes rules whose time is over out of force, and brings those that ask for `now` to the new day. Scores are gone through
 * after it, by the walk that it requests.
 */
export function createRiskRuleTask(db: Database, clock: Clock): Task {
  return {
    name: "risk-rules",
    isQuick: true,
    listUnfinished: async () => (await listDue(db.imports, new Date(clock()))).map(toKey),
    run: ({ subscriptionId }) => settleRules(db, subscriptionId, new Date(clock())),
  };
}

export async function settleRules(db: Database, subscriptionId: number, now: Date): Promise<void> {
  await db.imports.transaction().execute(async (tx) => {
    await lockScores(tx, "alone");
    const ended = await endRules(tx, subscriptionId, now);
    const moved = await moveToDay(tx, subscriptionId, now);
    if (ended.length + moved > 0) await requestScoreWalk(tx, subscriptionId);
    for (const target of ended) {
      const event = {
        actor: "system",
        action: "etm.risk-rule.expired",
        target,
        address: "",
        result: "success",
      } as const;
      await recordAudit(db, { subscriptionId, ...event }, tx);
    }
  });
}
