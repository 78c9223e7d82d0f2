import { AppError, type adminLimitSet, type BodyOf } from "@breakwater/contract";
import {
  type Limits,
  limitKey,
  limitsFor,
  SERVICE_LEVELS,
  type SubscriptionLimits,
  type Usage,
} from "@breakwater/domain/limits/index";
import { findNearest } from "@breakwater/domain/query/index";
import type { Caller } from "../../caller.ts";
import type { Database, SqlHandle } from "../../db/pool.ts";
import type { Limiter } from "../../limits/index.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { toSubscriptionTerms } from "../auth/index.ts";
import { findTerms, removeException, writeException, writeLevel } from "./store.ts";

export type Parts = {
  db: Database;
  limiter: Limiter;
  forget: (subscriptionId: number) => void;
  /** Every API that counts, e.g. `GET /ot/1.0/host/list`. */
  apis: readonly string[];
};

/** The limits of a subscription and what is used of them. */
export type LimitsInUse = {
  subscriptionId: number;
  level: SubscriptionLimits["level"];
  own: Limits;
  apis: { api: string; limits: Limits; isException: boolean; usage: Usage }[];
};

type Change = BodyOf<typeof adminLimitSet>;

/** @throws AppError `not-found`: there is none, or it is another's and the caller not the operator */
export async function readLimits(parts: Parts, caller: Caller, asked: number | undefined): Promise<LimitsInUse> {
  const subscriptionId = asked ?? caller.subscriptionId;
  const isVisible = caller.isOperator || subscriptionId === caller.subscriptionId;
  const limits = isVisible ? await findLimits(parts.db.write, subscriptionId) : undefined;
  return toLimitsInUse(parts, subscriptionId, limits ?? notThere(subscriptionId));
}

/**
 * Sets the level, its own numbers, or those of one API. Callers are of the operator's subscription: the contract asks it.
 *
 * @throws AppError `not-found`, `invalid-parameter` (unknown API, nothing to set, members that exclude each other)
 */
export async function setLimits(parts: Parts, actor: Actor, change: Change): Promise<LimitsInUse> {
  const { subscriptionId = actor.caller.subscriptionId, api, level, rate, concurrency } = change;
  assertConsistent(change);
  if (api !== undefined) assertKnown(api, parts.apis);
  const numbers: Partial<Limits> = {
    ...(rate ? { maxCalls: rate.calls, windowSec: rate.windowSec } : {}),
    ...(concurrency === undefined ? {} : { maxConcurrent: concurrency }),
  };
  await parts.db.write.transaction().execute(async (tx) => {
    const before = (await findLimits(tx, subscriptionId, { forChange: true })) ?? notThere(subscriptionId);
    if (api !== undefined) await writeException(tx, subscriptionId, api, numbers);
    else if (level !== undefined && level !== "Custom") await writeLevel(tx, subscriptionId, level, undefined);
    else await writeLevel(tx, subscriptionId, "Custom", { ...ownNumbers(before), ...numbers });
    await record(tx, actor, "admin.limit.set", {
      subscriptionId,
      ...(api === undefined ? { level: level ?? "Custom" } : { api }),
      ...(rate ? { calls: rate.calls, windowSec: rate.windowSec } : {}),
      ...(concurrency === undefined ? {} : { concurrency }),
    });
  });
  parts.forget(subscriptionId);
  return readLimits(parts, actor.caller, subscriptionId);
}

/** @throws AppError `not-found`: no such subscription, or that API has no exception there */
export async function deleteException(
  parts: Parts,
  actor: Actor,
  { api, subscriptionId = actor.caller.subscriptionId }: { api: string; subscriptionId?: number | undefined },
): Promise<void> {
  await parts.db.write.transaction().execute(async (tx) => {
    const before = (await findLimits(tx, subscriptionId, { forChange: true })) ?? notThere(subscriptionId);
    if (!before.perApi?.has(api)) {
      const nearest = findNearest(api, before.perApi?.keys() ?? []);
      throw new AppError("not-found", `api: ${JSON.stringify(api)} has no exception${toHint(nearest)}`);
    }
    await removeException(tx, subscriptionId, api);
    await record(tx, actor, "admin.limit-exception.delete", { subscriptionId, api });
  });
  parts.forget(subscriptionId);
}

async function findLimits(
  db: Parameters<typeof findTerms>[0],
  subscriptionId: number,
  options = { forChange: false },
): Promise<SubscriptionLimits | undefined> {
  const terms = await findTerms(db, subscriptionId, options);
  return terms && toSubscriptionTerms(terms).limits;
}

async function toLimitsInUse(
  { limiter, apis }: Parts,
  subscriptionId: number,
  limits: SubscriptionLimits,
): Promise<LimitsInUse> {
  // An exception may be for an API that a later release no longer has: it is shown, so that it can be deleted.
  const all = new Set([...apis, ...(limits.perApi?.keys() ?? [])]);
  const used = [...all].map(async (api) => {
    const own = limitsFor(limits, api);
    const usage = await limiter.peek(limitKey(subscriptionId, api), own);
    return { api, limits: own, isException: limits.perApi?.has(api) ?? false, usage };
  });
  return { subscriptionId, level: limits.level, own: ownNumbers(limits), apis: await Promise.all(used) };
}

function ownNumbers(limits: SubscriptionLimits): Limits {
  return limits.level === "Custom" ? limits.custom : SERVICE_LEVELS[limits.level];
}

function assertConsistent({ api, level, rate, concurrency }: Change): void {
  const hasNumbers = rate !== undefined || concurrency !== undefined;
  if (!hasNumbers && (level === undefined || level === "Custom"))
    throw new AppError("invalid-parameter", "give a level, or rate or concurrency: there is nothing to set");
  if (api !== undefined && level !== undefined)
    throw new AppError("invalid-parameter", "level: an API has no level of its own; give rate or concurrency");
  if (hasNumbers && level !== undefined && level !== "Custom")
    throw new AppError(
      "invalid-parameter",
      `level: ${level} has its own numbers; with rate or concurrency it is Custom`,
    );
}

function assertKnown(api: string, apis: readonly string[]): void {
  if (apis.includes(api)) return;
  const hint = toHint(findNearest(api, apis));
  throw new AppError("invalid-parameter", `api: no limits are kept for ${JSON.stringify(api)}${hint}`);
}

function toHint(nearest: string | null): string {
  return nearest === null ? "" : `; the nearest is ${nearest}`;
}

function notThere(subscriptionId: number): never {
  throw new AppError("not-found", `there is no subscription ${subscriptionId}`);
}

function record(
  tx: SqlHandle,
  actor: Actor,
  action: string,
  detail: Record<string, string | number> & { subscriptionId: number },
): Promise<void> {
  return recordChange(tx, actor, { action, target: `subscription ${detail.subscriptionId}`, detail });
}
