import { type RawBuilder, sql } from "kysely";

/**
 * Held to the end of the transaction. Whoever changes tags of a subscription holds it alone; whoever changes what rules
 * look at shares it, and takes it before any asset is locked. So a change of tags finds every asset as it stays, and an
 * import every rule. Whoever changes scopes shares it too: what is within a unit stays so until that is written.
 *
 * The order of locks, so that nobody waits in a circle: names of subscriptions → a subscription's row (`administer`, or an
 * import's own job) → its tags → its matching of advisories (`lockMatching`) → scores → its row of `score_walk` → users,
 * units, assets and what hangs on them.
 */
export async function lockTags(
  tx: Parameters<RawBuilder<unknown>["execute"]>[0],
  subscriptionId: number,
  mode: "alone" | "shared",
): Promise<void> {
  const key = sql`hashtextextended(${`tags ${subscriptionId}`}, 0)`;
  const lock = mode === "alone" ? sql`pg_advisory_xact_lock(${key})` : sql`pg_advisory_xact_lock_shared(${key})`;
  await sql`SELECT ${lock}`.execute(tx);
}
