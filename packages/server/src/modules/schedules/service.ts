import {
  AppError,
  type BodyOf,
  type etmReportScheduleCreate,
  type etmReportScheduleUpdate,
} from "@breakwater/contract";
import { nextRun } from "@breakwater/domain/schedule/index";
import type { Caller } from "../../caller.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { checkRequest } from "../reports/index.ts";
import { assertVisibleName } from "../users/index.ts";
import { readRhythm } from "./read-rhythm.ts";
import {
  deleteSchedule,
  holdSchedule,
  insertSchedule,
  readSchedule,
  type ScheduleRow,
  type ScheduleSettings,
  updateSchedule,
} from "./store.ts";

/** A report a quarter of an hour is what a schedule may ask for at most. */
const LEAST_MINUTES = 15;

/** @throws AppError `invalid-parameter`, `invalid-query`, `conflict` (too many) */
export async function createSchedule(
  db: ScopedDb,
  actor: Actor,
  body: BodyOf<typeof etmReportScheduleCreate>,
  now: Date,
): Promise<ScheduleRow> {
  const { isEnabled = true, ...request } = body;
  const settings = toSettings(request, isEnabled, now);
  const { account, username: createdBy } = actor.caller;
  return db.transaction(async (tx) => {
    const id = await insertSchedule(tx, { ...settings, account, createdBy, createdAt: now });
    if (id === undefined) throw new AppError("conflict", "the subscription has as many schedules as it may have");
    return record(tx, actor, "etm.report-schedule.create", id, now);
  });
}

/** @throws AppError `not-found`, also for one that the caller does not see */
export async function findSchedule(db: ScopedDb, viewer: Caller, id: string, now: Date): Promise<ScheduleRow> {
  return (await readSchedule(db, viewer, now, id)) ?? throwNotFound(id);
}

/** @throws AppError `not-found`, `permission-required`, `invalid-parameter`, `invalid-query` */
export async function changeSchedule(
  db: ScopedDb,
  actor: Actor,
  { id, change }: { id: string; change: BodyOf<typeof etmReportScheduleUpdate> },
  now: Date,
): Promise<ScheduleRow> {
  return db.transaction(async (tx) => {
    const before = await holdOwn(tx, actor, id, now);
    const { isEnabled = before.next_run_at !== null, ...request } = change;
    const settings = toSettings({ ...toBody(before), ...request }, isEnabled, now);
    // What is due stays due, unless the rhythm is another.
    const keepsTime = isEnabled && before.next_run_at !== null && change.rhythm === undefined;
    await updateSchedule(tx, id, keepsTime ? { ...settings, next_run_at: before.next_run_at } : settings);
    return record(tx, actor, "etm.report-schedule.update", id, now);
  });
}

/** @throws AppError `not-found`, `permission-required` */
export async function removeSchedule(db: ScopedDb, actor: Actor, id: string, now: Date): Promise<void> {
  await db.transaction(async (tx) => {
    const { name } = await holdOwn(tx, actor, id, now);
    await deleteSchedule(tx, id);
    await recordChange(tx.write, actor, { action: "etm.report-schedule.delete", target: name });
  });
}

/** @throws AppError `permission-required` */
export function assertMayChange({ role }: Caller, row: ScheduleRow): void {
  if (row.is_own || role === "Manager") return;
  throw new AppError("permission-required", `Manager is required to change a schedule of ${row.created_by}`);
}

async function holdOwn(tx: ScopedDb, { caller }: Actor, id: string, now: Date): Promise<ScheduleRow> {
  if (!(await holdSchedule(tx, id))) throwNotFound(id);
  const row = await findSchedule(tx, caller, id, now);
  assertMayChange(caller, row);
  return row;
}

type Request = Omit<BodyOf<typeof etmReportScheduleCreate>, "isEnabled">;

function toSettings({ rhythm: given, ...request }: Request, isEnabled: boolean, now: Date): ScheduleSettings {
  assertVisibleName(request.name, "name");
  const { name, description, format, assetQql, findingsQql } = checkRequest(request, now);
  const rhythm = readRhythm(given, LEAST_MINUTES);
  const next_run_at = isEnabled ? new Date(nextRun(rhythm, now.getTime())) : null;
  return { name, description, format, asset_qql: assetQql, findings_qql: findingsQql, rhythm, next_run_at };
}

function toBody(row: ScheduleRow): Request {
  return {
    name: row.name,
    description: row.description,
    reportFormat: row.format,
    assetQql: row.asset_qql,
    findingsQql: row.findings_qql,
    rhythm: row.rhythm as Request["rhythm"],
  };
}

async function record(tx: ScopedDb, actor: Actor, action: string, id: string, now: Date): Promise<ScheduleRow> {
  const row = await findSchedule(tx, actor.caller, id, now);
  const detail = { isEnabled: row.next_run_at !== null, rhythm: JSON.stringify(row.rhythm) };
  await recordChange(tx.write, actor, { action, target: row.name, detail });
  return row;
}

function throwNotFound(id: string): never {
  throw new AppError("not-found", `there is no report schedule ${id}`);
}
