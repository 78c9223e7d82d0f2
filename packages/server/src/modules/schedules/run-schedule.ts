import { AppError } from "@breakwater/contract";
import { nextRun } from "@breakwater/domain/schedule/index";
import type { Caller } from "../../caller.ts";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { type ScopedDb, scopeTo } from "../../db/scoped.ts";
import type { JobKey, Jobs } from "../../jobs/index.ts";
import { type Actor, recordAudit } from "../audit/index.ts";
import { readPrincipal } from "../auth/index.ts";
import { addReport, wakeReport } from "../reports/index.ts";
import { findCreator } from "./job-store.ts";
import { claimSchedule, type DueSchedule, saveRun } from "./store.ts";

export type ScheduleParts = { db: Database; clock: Clock; jobs: () => Pick<Jobs, "enqueue"> };

const PERMISSION = "ETM API Access";

/**
 * One run of a schedule, on behalf of its creator as they are now. Report, next run and audit event are one transaction
 * under the schedule's row: whatever is killed, and however many nodes try, a time that is due has one run.
 *
 * @param asker somebody who wants a run besides the rhythm
 */
export async function runSchedule(parts: ScheduleParts, key: JobKey, asker?: Actor): Promise<void> {
  const { db, clock, jobs } = parts;
  const now = new Date(clock());
  const creator = await findCreator(db, key);
  if (!creator) return;
  const principal = await readPrincipal(db, key.subscriptionId, creator.account, now.getTime());
  const scope = principal?.caller.scope ?? { kind: "tags" as const, tagIds: [] };
  const scoped = scopeTo(db, { subscriptionId: key.subscriptionId, scope });
  const reportId = await scoped.transaction(async (tx) => {
    const schedule = await claimSchedule(tx, key.id, asker ? undefined : now);
    if (!schedule) return null;
    const result = await report(tx, principal?.caller, schedule, now);
    const next = asker ? {} : { nextAt: new Date(nextRun(schedule.rhythm, now.getTime())) };
    await saveRun(tx, key.id, { at: now, ...result, ...next });
    const event = { subscriptionId: key.subscriptionId, action: "etm.report-schedule.run", target: schedule.name };
    const by = { actor: asker?.caller.username ?? creator.name, address: asker?.address ?? "" };
    const outcome = result.fault === null ? "success" : "failure";
    await recordAudit(db, { ...event, ...by, result: outcome, detail: result }, tx.write);
    return result.reportId;
  });
  // Should this wake-up get lost, the sweep of reports finds it.
  if (reportId) await wakeReport(jobs(), { subscriptionId: key.subscriptionId, id: reportId }).catch(() => undefined);
}

type Result = { reportId: string | null; fault: string | null };

async function report(tx: ScopedDb, creator: Caller | undefined, schedule: DueSchedule, now: Date): Promise<Result> {
  if (!creator) {
    return refuse("whoever created it may not call any more: deleted, revoked, inactive, locked or without API access");
  }
  if (!creator.permissions.has(PERMISSION))
    return refuse(`whoever created it has no longer the permission ${PERMISSION}`);
  const { name, description, format: reportFormat, asset_qql: assetQql, findings_qql: findingsQql } = schedule;
  const request = { name, description, reportFormat, assetQql, findingsQql };
  try {
    return { reportId: await addReport(tx, { caller: creator, address: "" }, request, now), fault: null };
  } catch (error) {
    // Refused before anything was written: a query that a new release does not take any more.
    if (error instanceof AppError && error.status === 400) return refuse(error.message);
    throw error;
  }
}

function refuse(fault: string): Result {
  return { reportId: null, fault };
}
