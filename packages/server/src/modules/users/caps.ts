import { AppError } from "@breakwater/contract";
import { sql } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";

/**
 * What a subscription may have of each: lists of them are answered whole, and a change of tags looks at every rule. Far
 * beyond what people keep up with by hand.
 */
const CAPS = {
  users: { most: 10_000, rows: sql`app_user` },
  roles: { most: 500, rows: sql`role` },
  "business units": { most: 1_000, rows: sql`business_unit` },
  tags: { most: 5_000, rows: sql`tag` },
  "tags with a rule": { most: 1_000, rows: sql`(SELECT subscription_id FROM tag WHERE rule IS NOT NULL) AS ruled` },
} as const;

/**
 * To be asked before one more is made, under the lock that those who make one wait for.
 *
 * @throws AppError `conflict`
 */
export async function assertRoomFor(db: ScopedDb, what: keyof typeof CAPS): Promise<void> {
  const { most, rows: counted } = CAPS[what];
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::integer AS count FROM ${counted} WHERE subscription_id = ${db.subscriptionId}`.execute(db.write);
  if ((rows[0]?.count ?? 0) >= most)
    throw new AppError("conflict", `the subscription has ${most} ${what} already; delete one first`);
}
