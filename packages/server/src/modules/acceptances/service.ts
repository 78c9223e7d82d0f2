import { AppError, type BodyOf, type etmFindingAccept } from "@breakwater/contract";
import type { Transaction } from "kysely";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { lockAssetOf, totalAssets } from "../findings/index.ts";
import { type AcceptanceRow, closeAcceptance, insertAcceptance, markAccepted } from "./store.ts";

export type AcceptanceParts = { clock: Clock };

/**
 * Accepts the risk of a finding: it keeps its status and does not count until the end. Replaces a former acceptance.
 *
 * @throws AppError `not-found`, also for what is outside the scope; `invalid-parameter`
 */
export async function acceptRisk(
  db: ScopedDb,
  { clock }: AcceptanceParts,
  actor: Actor,
  findingId: string,
  { reason, reasonType = "Accepted risk", endDate = null }: BodyOf<typeof etmFindingAccept>,
): Promise<AcceptanceRow> {
  const now = new Date(clock());
  if (reason.trim() === "" || reason.includes("\0")) {
    throw new AppError("invalid-parameter", "reason must say something, and hold no NUL");
  }
  if (endDate !== null && endDate <= now.getTime()) {
    throw new AppError("invalid-parameter", "endDate must be in the future");
  }
  const event = {
    action: "etm.finding.accept",
    target: findingId,
    detail: { reasonType, endDate },
  };
  return changeAcceptance(db, actor, event, async (tx, id) => {
    const { username } = actor.caller;
    await closeAcceptance(tx, id, { now, closedBy: username });
    const endAt = endDate === null ? null : new Date(endDate);
    const own = { findingId: id, reason: reason.trim().toWellFormed(), reasonType, endAt };
    const made = await insertAcceptance(tx, { ...own, createdBy: username, createdAt: now });
    await markAccepted(tx, id, true);
    return made;
  });
}

/** @throws AppError `not-found`, also for what is outside the scope; `conflict` when it is not accepted */
export async function revokeAcceptance(
  db: ScopedDb,
  { clock }: AcceptanceParts,
  actor: Actor,
  findingId: string,
): Promise<void> {
  const event = { action: "etm.finding.revoke-acceptance", target: findingId };
  await changeAcceptance(db, actor, event, async (tx, id) => {
    const isClosed = await closeAcceptance(tx, id, { now: new Date(clock()), closedBy: actor.caller.username });
    if (!isClosed) throw new AppError("conflict", `the risk of finding ${findingId} is not accepted`);
    await markAccepted(tx, id, false);
  });
}

/** One change with the asset's scores and its event, all or nothing, under the lock of the asset. */
async function changeAcceptance<T>(
  db: ScopedDb,
  actor: Actor,
  event: { action: string; target: string; detail?: Record<string, string | number | null> },
  work: (tx: ScopedDb, id: number) => Promise<T>,
): Promise<T> {
  const { target: findingId } = event;
  const id = /^[1-9]\d{0,14}$/.test(findingId) ? Number(findingId) : undefined;
  return db.transaction(async (tx) => {
    const assetId = id === undefined ? undefined : await lockAssetOf(tx, id);
    if (id === undefined || assetId === undefined) {
      throw new AppError("not-found", `there is no finding ${findingId} in your scope`);
    }
    const outcome = await work(tx, id);
    await totalAssets(tx.write as Transaction<unknown>, db.subscriptionId, [assetId]);
    await recordChange(tx.write, actor, event);
    return outcome;
  });
}
