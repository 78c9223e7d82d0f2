import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  AppError,
  type adminSubscriptionCreate,
  type adminSubscriptionUpdate,
  type BodyOf,
} from "@breakwater/contract";
import type { Logger } from "pino";
import type { Caller } from "../../caller.ts";
import { toPlainAddress } from "../../config/networks.ts";
import type { Database } from "../../db/pool.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { describeAllowListFault, hashPassword, toAllowList } from "../auth/index.ts";
import { addSubscription, assertUsername, assertVisibleName } from "../users/index.ts";
import {
  hasData,
  isNameTaken,
  listSubscriptions,
  lockNames,
  lockSubscription,
  removeSubscription,
  type SubscriptionContent,
  type SubscriptionRow,
  writeSubscription,
} from "./store.ts";

export type Parts = {
  db: Database;
  log: Logger;
  /** Holds the files of reports, which go with their subscription. */
  dataDir: string;
  /** What this node believes of a subscription's callers is read anew, so that a change acts at once. */
  forget: (subscriptionId: number) => void;
};
type NewSubscriptionBody = BodyOf<typeof adminSubscriptionCreate>;
type SubscriptionChange = BodyOf<typeof adminSubscriptionUpdate>;

/** For the operator all of them, for others their own. */
export async function listVisibleSubscriptions({ db }: Parts, caller: Caller): Promise<SubscriptionRow[]> {
  return listSubscriptions(db.write, caller.isOperator ? undefined : caller.subscriptionId);
}

/** @throws AppError `not-found`, also for those of others unless the operator asks */
export async function getSubscription({ db }: Parts, caller: Caller, id: number): Promise<SubscriptionRow> {
  return findVisible(db.write, caller, id);
}

/**
 * A further subscription. Callers are of the operator's: the contract asks for it.
 *
 * @throws AppError `invalid-parameter` (names), `conflict` (one of them taken)
 */
export async function createSubscription(
  parts: Parts,
  actor: Actor,
  body: NewSubscriptionBody,
): Promise<SubscriptionRow> {
  const { name, serviceLevel = "Standard", managerUsername: username } = body;
  assertVisibleName(name, "name");
  assertUsername(username, "managerUsername");
  const passwordHash = await hashPassword(body.managerPassword);
  return parts.db.write.transaction().execute(async (tx) => {
    await lockNames(tx);
    await assertNameIsFree(tx, name, undefined);
    const id = await addSubscription(tx, { name, serviceLevel }, { username, passwordHash });
    if (id === undefined) throw new AppError("conflict", `managerUsername ${JSON.stringify(username)} is taken`);
    const detail = { serviceLevel, manager: username };
    await recordChange(tx, actor, { action: "admin.subscription.create", target: name, detail });
    return findVisible(tx, actor.caller, id);
  });
}

/**
 * Changes the members given: name and service level for the operator, how users log in for the subscription itself too.
 *
 * @throws AppError `not-found`, `permission-required`, `invalid-parameter` (name, allow-list), `conflict` (name taken)
 */
export async function updateSubscription(
  parts: Parts,
  actor: Actor,
  { id, change }: { id: number; change: SubscriptionChange },
): Promise<SubscriptionRow> {
  const { caller } = actor;
  if (change.name !== undefined) assertVisibleName(change.name, "name");
  const subscription = await parts.db.write.transaction().execute(async (tx) => {
    if (change.name !== undefined) await lockNames(tx);
    await lockSubscription(tx, id);
    const before = await findVisible(tx, caller, id);
    assertMayChange(caller, change);
    assertKeepsCaller(actor, id, change.ipAllowList);
    if (change.name !== undefined) await assertNameIsFree(tx, change.name, id);
    await writeSubscription(tx, id, toContent(before, change));
    const after = await findVisible(tx, caller, id);
    const detail = { changed: Object.keys(change).sort().join(", ") };
    await recordChange(tx, actor, { action: "admin.subscription.update", target: after.name, detail });
    return after;
  });
  parts.forget(id);
  return subscription;
}

/**
 * Deletes the subscription with everything it has, its audit log excepted. Uploads that wait for an import are removed
 * by the imports' own clearing of what no job waits for.
 *
 * @throws AppError `not-found`, `conflict` (the operator's own, data without confirmation, somebody writing there)
 */
export async function deleteSubscription(
  parts: Parts,
  actor: Actor,
  { id, confirm }: { id: number; confirm: string | undefined },
): Promise<void> {
  const remove = parts.db.write.transaction().execute(async (tx) => {
    await lockSubscription(tx, id);
    const found = await findVisible(tx, actor.caller, id);
    if (found.is_operator) throw new AppError("conflict", "the operator's own subscription cannot be deleted");
    if (confirm !== found.name && (confirm !== undefined || (await hasData(tx, id))))
      throw new AppError(
        "conflict",
        "the subscription has data: give its name as confirm to delete it with all of that",
      );
    await removeSubscription(tx, id);
    await recordChange(tx, actor, { action: "admin.subscription.delete", target: found.name });
  });
  await remove.catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== DEADLOCK) throw error;
    throw new AppError("conflict", "an import was writing to the subscription at that moment; try again", {
      cause: error,
    });
  });
  parts.forget(id);
  await rm(join(parts.dataDir, "reports", String(id)), { recursive: true, force: true }).catch((error: unknown) =>
    parts.log.warn({ err: error, subscriptionId: id }, "report files of a deleted subscription are left on disk"),
  );
}

/** PostgreSQL's word for two transactions that wait for each other. */
const DEADLOCK = "40P01";

async function findVisible(db: Database["write"], caller: Caller, id: number): Promise<SubscriptionRow> {
  const isVisible = caller.isOperator || id === caller.subscriptionId;
  const [subscription] = isVisible ? await listSubscriptions(db, id) : [];
  if (!subscription) throw new AppError("not-found", `there is no subscription ${id}`);
  return subscription;
}

function assertMayChange(caller: Caller, { name, serviceLevel }: SubscriptionChange): void {
  if (caller.isOperator || (name === undefined && serviceLevel === undefined)) return;
  throw new AppError(
    "permission-required",
    "Subscription Management Access in the operator's subscription is required to change name and serviceLevel",
  );
}

/** Nobody shuts themselves out. */
function assertKeepsCaller({ caller, address }: Actor, id: number, entries: readonly string[] | undefined): void {
  if (entries === undefined) return;
  const fault = describeAllowListFault(entries);
  if (fault) throw new AppError("invalid-parameter", `ipAllowList: ${fault}`);
  const allowList = id === caller.subscriptionId ? toAllowList(entries) : undefined;
  if (allowList && !allowList.has(toPlainAddress(address) ?? address))
    throw new AppError("invalid-parameter", `ipAllowList: your own address ${address} is not on it`);
}

function toContent(before: SubscriptionContent, change: SubscriptionChange): SubscriptionContent {
  return {
    name: change.name ?? before.name,
    service_level: change.serviceLevel ?? before.service_level,
    lockout_threshold: change.lockoutThreshold ?? before.lockout_threshold,
    lockout_minutes: change.lockoutMinutes ?? before.lockout_minutes,
    password_max_age_days: change.passwordMaxAgeDays ?? before.password_max_age_days,
    allowed_addresses: change.ipAllowList ?? before.allowed_addresses,
  };
}

async function assertNameIsFree(tx: Database["write"], name: string, id: number | undefined): Promise<void> {
  if (await isNameTaken(tx, name, id))
    throw new AppError("conflict", `there is a subscription ${JSON.stringify(name)} already`);
}
