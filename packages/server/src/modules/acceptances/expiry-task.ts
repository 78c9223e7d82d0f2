import { sql } from "kysely";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import type { JobKey, Task } from "../../jobs/index.ts";
import { recordAudit } from "../audit/index.ts";
import { totalAssets } from "../findings/index.ts";

const EXPIRY_KEY: JobKey = { subscriptionId: 0, id: "acceptances" };
const STEP = 500;

type Ended = { subscriptionId: number; assetId: number; findingId: number };

/** Ends acceptances whose time is over: their findings count again. Readers look at the end date, and need not wait. */
export function createExpiryTask(db: Database, clock: Clock): Task {
  return {
    name: "acceptance-expiry",
    isQuick: true,
    listUnfinished: async () => ((await listEnded(db, new Date(clock()), 1)).length > 0 ? [EXPIRY_KEY] : []),
    run: async (_key, { signal }) => {
      while (!signal.aborted && (await expireNext(db, new Date(clock())))) {}
    },
  };
}

/** @returns whether there was something to do */
export async function expireNext(db: Database, now: Date): Promise<boolean> {
  const [first, ...others] = await listEnded(db, now, STEP);
  if (!first) return false;
  const ended = [first, ...others.filter(({ subscriptionId }) => subscriptionId === first.subscriptionId)];
  await closeEnded(db, ended, now);
  return true;
}

/** @param ended of one subscription */
async function closeEnded(db: Database, ended: readonly Ended[], now: Date): Promise<void> {
  const { subscriptionId } = ended[0]!;
  const assetIds = [...new Set(ended.map(({ assetId }) => assetId))];
  await db.imports.transaction().execute(async (tx) => {
    await sql`SELECT 1 FROM asset WHERE subscription_id = ${subscriptionId} AND id = ANY (${assetIds}::bigint[])
      ORDER BY id FOR NO KEY UPDATE`.execute(tx);
    // One that was replaced meanwhile is still accepted; one whose finding went to another asset comes with the next step.
    const { rows } = await sql<{ findingId: number }>`
      UPDATE risk_acceptance r SET closed_at = end_at WHERE subscription_id = ${subscriptionId}
        AND finding_id = ANY (${ended.map(({ findingId }) => findingId)}::bigint[]) AND closed_at IS NULL
        AND end_at <= ${now} AND EXISTS (SELECT FROM finding f WHERE f.subscription_id = r.subscription_id
          AND f.id = r.finding_id AND f.asset_id = ANY (${assetIds}::bigint[]))
      RETURNING finding_id AS "findingId"`.execute(tx);
    const findingIds = rows.map(({ findingId }) => findingId);
    await sql`UPDATE finding SET is_accepted = false
      WHERE subscription_id = ${subscriptionId} AND id = ANY (${findingIds}::bigint[])`.execute(tx);
    await totalAssets(tx, subscriptionId, assetIds);
    if (rows.length === 0) return;
    const event = { subscriptionId, actor: "system", action: "etm.finding.acceptance-expired", address: "" };
    await recordAudit(db, { ...event, result: "success", detail: { findings: rows.length } }, tx);
  });
}

/** Acceptances whose end has come and that are not closed yet. */
async function listEnded(db: Database, now: Date, limit: number): Promise<Ended[]> {
  const { rows } = await sql<Ended>`
    SELECT r.subscription_id AS "subscriptionId", f.asset_id AS "assetId", r.finding_id AS "findingId"
    FROM risk_acceptance r JOIN finding f ON f.subscription_id = r.subscription_id AND f.id = r.finding_id
    WHERE r.closed_at IS NULL AND r.end_at <= ${now} ORDER BY r.end_at LIMIT ${limit}`.execute(db.imports);
  return rows;
}
