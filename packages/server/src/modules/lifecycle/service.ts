import { AppError, type adminVersionSet, type BodyOf, type Operation } from "@breakwater/contract";
import { type LifecycleProfile, lifecycleProblems } from "@breakwater/domain/lifecycle/index";
import { findNearest } from "@breakwater/domain/query/index";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import type { Jobs } from "../../jobs/index.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { publishEvent, wakeWebhooks } from "../webhooks/index.ts";
import { parseDate } from "./dates.ts";
import { type EntryDates, listEntries, lockEntries, removeEdit, type StoredEntry, writeEditedEntry } from "./store.ts";
import type { LifecycleTable } from "./table.ts";
import { tellTransitions } from "./transitions.ts";
import { toLifecycleEvent, type VersionRoute } from "./views.ts";

export type LifecycleParts = {
  clock: Clock;
  profile: LifecycleProfile;
  jobs: () => Pick<Jobs, "enqueue">;
  table: LifecycleTable;
  routes: readonly VersionRoute[];
};
type Change = BodyOf<typeof adminVersionSet>;

/** Every version of the contract table. */
export function listRoutes(operations: readonly Operation[]): VersionRoute[] {
  return operations.flatMap(({ id, method, versions }) =>
    Object.entries(versions).map(([version, path]) => ({ api: `${method} ${path}`, path, operation: id, version })),
  );
}

/**
 * @param code what an unknown name is: a parameter, or the object that was asked for
 * @throws AppError naming the nearest there is
 */
export function findRoute(
  routes: readonly VersionRoute[],
  api: string,
  code: "invalid-parameter" | "not-found",
): VersionRoute {
  const route = routes.find((candidate) => candidate.api === api);
  if (route) return route;
  const nearest = findNearest(
    api,
    routes.map((candidate) => candidate.api),
  );
  throw new AppError(
    code,
    `api: there is no operation ${JSON.stringify(api)}${nearest === null ? "" : `; the nearest is ${nearest}`}`,
  );
}

/**
 * Changes the dates of a version, for the whole installation.
 *
 * @throws AppError `invalid-parameter`: an unknown operation or successor, one that must not end, dates out of order,
 *   nothing to change
 */
export async function setVersion(
  db: ScopedDb,
  parts: LifecycleParts,
  actor: Actor,
  change: Change,
): Promise<StoredEntry> {
  const { api, operation } = findRoute(parts.routes, change.api, "invalid-parameter");
  if (typeof change.eolAt === "string") assertMayEnd(api, operation);
  const dates = readChange(change, parts.routes);
  return edit(db, parts, { ...actor, action: "admin.version.set" }, api, async (tx, before) => {
    const after = { deprecatedAt: null, eosAt: null, eolAt: null, successor: null, ...before, ...dates };
    const problems = lifecycleProblems({ ...after, api, lenientState: null });
    if (problems.length > 0) throw new AppError("invalid-parameter", problems.join("; "));
    await writeEditedEntry(tx.write, api, after, parts.clock());
  }) as Promise<StoredEntry>;
}

/** Takes an edit back. @returns the entry as shipped; undefined when nothing is shipped for it */
export async function resetVersion(
  db: ScopedDb,
  parts: LifecycleParts,
  actor: Actor,
  name: string,
): Promise<StoredEntry | undefined> {
  const { api } = findRoute(parts.routes, name, "invalid-parameter");
  return edit(db, parts, { ...actor, action: "admin.version.reset" }, api, async (tx, before) => {
    if (before?.isEdited) await removeEdit(tx.write, api, parts.clock());
  });
}

/** One edit: the change, its event, and any transition it brings about, all or nothing; then all that follows. */
async function edit(
  db: ScopedDb,
  parts: LifecycleParts,
  actor: Actor & { action: string },
  api: string,
  change: (tx: ScopedDb, before: StoredEntry | undefined) => Promise<void>,
): Promise<StoredEntry | undefined> {
  const nowMs = parts.clock();
  const after = await db.transaction(async (tx) => {
    await lockEntries(tx.write);
    const find = async () => (await listEntries(tx.write)).find((entry) => entry.api === api);
    await change(tx, await find());
    const entry = await find();
    const bare = { api, deprecatedAt: null, eosAt: null, eolAt: null, successor: null };
    const data = entry ? toLifecycleEvent(entry) : bare;
    await publishEvent(tx.write, { subscriptionId: null, type: "api.announced", data, nowMs });
    await tellTransitions(tx.write, parts.profile, nowMs);
    const detail = entry ? toLifecycleEvent(entry) : {};
    await recordChange(tx.write, actor, { action: actor.action, target: api, detail });
    return entry;
  });
  await parts.table.reload();
  await wakeWebhooks(parts.jobs());
  return after;
}

/** Without a log-in, or without the operations that change dates, nobody could take the date back. */
function assertMayEnd(api: string, operation: string): void {
  if (!/^(auth|admin\.version)\./.test(operation)) return;
  throw new AppError(
    "invalid-parameter",
    `eolAt: ${api} must not end: log-ins and changes of dates go through it, so nobody could take the date back`,
  );
}

function readChange(change: Change, routes: readonly VersionRoute[]): Partial<EntryDates> {
  const dates: { -readonly [K in keyof EntryDates]?: EntryDates[K] } = {};
  for (const member of ["deprecatedAt", "eosAt", "eolAt"] as const) {
    const text = change[member];
    if (text !== undefined) dates[member] = text === null ? null : parseDate(text, member);
  }
  if (change.successor !== undefined) dates.successor = readSuccessor(change.successor, routes);
  if (Object.keys(dates).length === 0) {
    throw new AppError("invalid-parameter", "give at least one of deprecatedAt, eosAt, eolAt, successor");
  }
  return dates;
}

function readSuccessor(path: string | null, routes: readonly VersionRoute[]): string | null {
  if (path === null || routes.some((route) => route.path === path)) return path;
  const nearest = findNearest(
    path,
    routes.map((route) => route.path),
  );
  throw new AppError(
    "invalid-parameter",
    `successor: there is no path ${JSON.stringify(path)}${nearest === null ? "" : `; the nearest is ${nearest}`}`,
  );
}
