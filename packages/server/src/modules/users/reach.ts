import { AppError } from "@breakwater/contract";
import { sql } from "kysely";
import type { Caller } from "../../caller.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { CLIENT_PREFIX } from "./names.ts";

/** Whose users a caller manages: all of the subscription, those of one business unit, or (null) nobody's. */
export type Reach = { kind: "subscription" } | { kind: "unit"; unitId: number | null };

/**
 * Who belongs to a business unit manages that unit's users, whatever the role; a Unit Manager without one manages nobody,
 * nor does who was deleted a moment ago. A client that belongs to a user carries the user's name, and reaches as far.
 */
export async function readReach(db: ScopedDb, caller: Caller): Promise<Reach> {
  const { rows } = await sql<{ unit_id: number | null }>`
    SELECT business_unit_id AS unit_id FROM app_user
    WHERE subscription_id = ${db.subscriptionId} AND username = ${caller.username}`.execute(db.write);
  const user = rows[0] ?? (caller.username.startsWith(CLIENT_PREFIX) ? { unit_id: null } : undefined);
  if (user && user.unit_id === null && caller.role !== "Unit Manager") return { kind: "subscription" };
  return { kind: "unit", unitId: user?.unit_id ?? null };
}

/**
 * For what concerns the whole subscription.
 *
 * @throws AppError `permission-required`
 */
export function assertReachesAll(reach: Reach): void {
  if (reach.kind === "subscription") return;
  throw new AppError(
    "permission-required",
    "Manager is required: who belongs to a business unit manages its users only",
  );
}
