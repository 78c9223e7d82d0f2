import { AppError, type BodyOf, type etmReportSubmit, REPORT_FORMATS, type ReportFormat } from "@breakwater/contract";
import { assetTable, findingTable } from "@breakwater/domain/query/index";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { readFilter } from "../../filter.ts";
import type { JobKey, Jobs } from "../../jobs/index.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import type { ReportFiles } from "./files.ts";
import {
  cancelReport,
  deleteReport,
  expireReport,
  findReport,
  insertReport,
  listParts,
  type PartRow,
  type ReportRow,
} from "./store.ts";
import { REPORT_TASK } from "./tasks.ts";

export type ReportServiceContext = { files: ReportFiles; clock: Clock; jobs: Pick<Jobs, "enqueue"> };

type Request = BodyOf<typeof etmReportSubmit>;

const DEFAULT_NAME = "Findings report";

/**
 * Records a report and wakes its making.
 *
 * @throws AppError invalid-parameter for an unknown format, invalid-query for a query that cannot be read
 */
export async function submitReport(
  { clock, jobs }: ReportServiceContext,
  db: ScopedDb,
  actor: Actor,
  request: Request,
): Promise<ReportRow> {
  const now = new Date(clock());
  const row = await getReport(db, await addReport(db, actor, request, now), now);
  await wakeReport(jobs, { subscriptionId: db.subscriptionId, id: row.id });
  return row;
}

/**
 * Records a report of the database's scope, for {@link wakeReport} to be made after the commit.
 *
 * @throws AppError as {@link checkRequest}
 */
export async function addReport(db: ScopedDb, actor: Actor, request: Request, now: Date): Promise<string> {
  const report = { ...checkRequest(request, now), createdBy: actor.caller.username, createdAt: now };
  return db.transaction(async (tx) => {
    const id = await insertReport(tx, report);
    await recordChange(tx.write, actor, { action: "report.submit", target: id });
    return id;
  });
}

export function wakeReport(jobs: Pick<Jobs, "enqueue">, key: JobKey): Promise<void> {
  return jobs.enqueue(REPORT_TASK, key);
}

/** @throws AppError invalid-parameter for an unknown format, invalid-query for a query that cannot be read */
export function checkRequest(request: Request, now: Date) {
  const report = {
    name: request.name || request.reportName || DEFAULT_NAME,
    description: request.description ?? "",
    format: toFormat(request.reportFormat),
    assetQql: request.assetQql ?? "",
    findingsQql: joinQueries(request, now),
  };
  assertStorable(report);
  readFilter(report.findingsQql, findingTable, now.getTime(), "findingsQql");
  readFilter(report.assetQql, assetTable, now.getTime(), "assetQql");
  return report;
}

function toFormat(text: string): ReportFormat {
  const format = REPORT_FORMATS.find((candidate) => candidate === text);
  if (format) return format;
  throw new AppError(
    "invalid-parameter",
    `reportFormat is ${JSON.stringify(text)}, but must be one of ${REPORT_FORMATS.join(", ")}`,
  );
}

/** Both bodies in use name one query each; who sends both wants both fulfilled. */
function joinQueries(request: Request, now: Date): string {
  const findings = request.findingsQql ?? "";
  const filter = request.findingFilter?.qql ?? "";
  readFilter(findings, findingTable, now.getTime(), "findingsQql");
  readFilter(filter, findingTable, now.getTime(), "findingFilter.qql");
  if (filter.trim() === "") return findings;
  return findings.trim() === "" ? filter : `(${findings}) and (${filter})`;
}

/** Text columns of PostgreSQL hold every character but this one. */
function assertStorable(texts: Record<string, unknown>): void {
  for (const [member, text] of Object.entries(texts)) {
    if (typeof text === "string" && text.includes("\0")) {
      throw new AppError("invalid-parameter", `${member} contains the character U+0000`);
    }
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws AppError not-found, also for a report of another subscription or a wider scope */
export async function getReport(db: ScopedDb, id: string, now: Date): Promise<ReportRow> {
  const report = UUID.test(id) ? await findReport(db, id, now) : undefined;
  if (!report) throw new AppError("not-found", `There is no report ${id}`);
  return report;
}

/** A finished report with its parts, all of them on disk. */
export type ReadableReport = { report: ReportRow; parts: (PartRow & { path: string })[] };

/** @throws AppError not-found, report-not-ready, or report-gone with the reason */
export async function openReport(
  { files, clock }: ReportServiceContext,
  db: ScopedDb,
  id: string,
): Promise<ReadableReport> {
  const report = await getReport(db, id, new Date(clock()));
  assertFinished(report);
  const key = { subscriptionId: db.subscriptionId, id: report.id };
  const parts = await listParts(db, report.id);
  for (const part of parts) {
    if (!(await files.hasPart(key, { name: part.name, deflatedBytes: part.deflated_bytes }))) {
      throw new AppError(
        "report-gone",
        `The file of ${part.name} is no longer in the server's data directory; submit the report again.`,
      );
    }
  }
  return { report, parts: parts.map((part) => ({ ...part, path: files.partPath(key, part.name) })) };
}

function assertFinished(report: ReportRow): void {
  switch (report.status) {
    case "COMPLETED":
      return;
    case "REQUESTED":
    case "IN_PROGRESS":
      throw new AppError(
        "report-not-ready",
        `The report is ${report.status}; ask for its status until it is COMPLETED.`,
      );
    case "FAILED":
      throw new AppError("report-gone", `The report failed: ${report.message ?? "no reason was recorded"}`);
    case "CANCELLED":
      throw new AppError("report-gone", `The report was ${report.message ?? "cancelled"}.`);
    case "EXPIRED":
      throw new AppError("report-gone", `The report expired on ${report.expires_at?.toISOString() ?? "its last day"}.`);
  }
}

/**
 * Cancels a report that is not finished, deletes one that is. Reading another's report takes no right away
 * from anybody, ending it does: that is for whoever made it, and for Managers.
 */
export async function cancelOrDelete(
  { files, clock }: ReportServiceContext,
  db: ScopedDb,
  actor: Actor,
  id: string,
): Promise<void> {
  const { caller } = actor;
  const now = new Date(clock());
  const report = await getReport(db, id, now);
  if (report.created_by !== caller.username && caller.role !== "Manager") {
    throw new AppError("permission-required", `Manager is required to end a report of ${report.created_by}`);
  }
  const isCancelled = await db.transaction(async (tx) => {
    const cancelled = await cancelReport(tx, report.id, { username: caller.username, at: now });
    if (!cancelled) await expireReport(tx, report.id);
    await recordChange(tx.write, actor, { action: cancelled ? "report.cancel" : "report.delete", target: report.id });
    return cancelled;
  });
  if (isCancelled) return;
  await files.remove({ subscriptionId: db.subscriptionId, id: report.id });
  await deleteReport(db, report.id);
}
