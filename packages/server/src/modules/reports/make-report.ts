import type { Config } from "../../config/config.ts";
import type { Clock } from "../../context.ts";
import { isDatabaseLost, isDiskFull } from "../../db/outage.ts";
import type { Database } from "../../db/pool.ts";
import { REPORT_WRITERS, toPartName } from "../../exporters/index.ts";
import type { JobKey, Jobs } from "../../jobs/index.ts";
import { wakeWebhooks } from "../webhooks/index.ts";
import type { ReportFiles } from "./files.ts";
import {
  markCompleted,
  markFailed,
  markFilesRemoved,
  markLarge,
  markProgress,
  markStarted,
  type ReportOrder,
  readStatus,
} from "./job-store.ts";
import type { MadePart } from "./make-part.ts";
import { makeParts } from "./part-makers.ts";
import type { PartThreads } from "./part-threads.ts";
import { type Snapshot, withSnapshot } from "./snapshot-store.ts";

export type MakerContext = {
  db: Database;
  files: ReportFiles;
  clock: Clock;
  limits: Config["limits"];
  threads: PartThreads;
  jobs: Pick<Jobs, "enqueue">;
};

/** `too-large`: nothing was made, the report belongs to the lane of large ones. `ended`: completed, failed or cancelled. */
export type Outcome = "ended" | "too-large" | "stopped";

/** How often a running report looks whether somebody cancelled it. */
const CANCEL_POLL_MS = 500;

/**
 * Makes a report from the beginning, whatever an earlier run left: the rows of its parts appear only together with the
 * status COMPLETED, so what a killed run wrote was never visible and is simply thrown away.
 *
 * Failures of the report's own become FAILED. When the database goes away, or the signal aborts, the report stays as it
 * is, to be made again.
 */
export async function makeReport(
  context: MakerContext,
  job: { key: JobKey; order: ReportOrder },
  stopping: AbortSignal,
): Promise<Outcome> {
  const { key, order } = job;
  const { reportPartRecords } = context.limits;
  const watch = watchForCancel(() => readStatus(context.db, key));
  const signal = AbortSignal.any([stopping, watch.signal]);
  try {
    // One more than a part holds tells a small report from a large one without looking at the rest.
    const bound = order.isLarge ? {} : { maxCount: reportPartRecords + 1 };
    const options = { ...bound, partRecords: reportPartRecords, signal };
    return await withSnapshot(context.db, { ...order, key }, options, async (snapshot) => {
      if (!order.isLarge && snapshot.count > reportPartRecords) {
        await markLarge(context.db, key);
        return "too-large";
      }
      await writeReport(context, job, snapshot, signal);
      return "ended";
    });
  } catch (error) {
    if (watch.signal.aborted || error instanceof ReportUnwanted) {
      await discardFiles(context, key);
      return "ended";
    }
    if (stopping.aborted) return "stopped";
    await failReport(context, key, error);
    return "ended";
  } finally {
    watch.stop();
  }
}

async function writeReport(
  context: MakerContext,
  { key, order }: { key: JobKey; order: ReportOrder },
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<void> {
  const { db, files, clock, limits } = context;
  const isWanted = await markStarted(db, key, { at: new Date(clock()), expectedCount: snapshot.count });
  if (!isWanted) return;
  await files.prepare(key);
  const { format, createdAt } = order;
  const report = { subscriptionId: key.subscriptionId, reportId: key.id, format, createdAt };
  // A report without findings has one part all the same: an empty list is an answer, no list is none.
  const selects = snapshot.count === 0 ? [undefined] : snapshot.parts.map(({ select }) => select);
  const toName = (ordinal: number) => toPartName(REPORT_WRITERS[format], ordinal);
  const orders = selects.map((select, index) => {
    return { ordinal: index + 1, path: files.partPath(key, toName(index + 1)), select };
  });
  let done = 0;
  const onPart = async ({ records }: MadePart) => {
    done += records;
    if (!(await markProgress(db, key, done))) throw new ReportUnwanted("the report was cancelled");
  };
  const made = await makeParts(context, { snapshot, report, orders }, onPart, signal);
  const parts = made.map((part, index) => ({ ...part, name: toName(index + 1) }));
  signal.throwIfAborted();
  const at = clock();
  const result = { parts, at: new Date(at), expiresAt: new Date(at + limits.reportRetentionMs) };
  if (await markCompleted(db, key, result)) await wakeWebhooks(context.jobs);
  else await discardFiles(context, key);
}

/** Somebody cancelled or deleted it while it was made. */
class ReportUnwanted extends Error {}

/** Aborts its signal soon after the status that is read has become anything but unfinished. */
export function watchForCancel(read: () => ReturnType<typeof readStatus>): { signal: AbortSignal; stop(): void } {
  const cancelled = new AbortController();
  let isStopped = false;
  let timer: NodeJS.Timeout;
  const look = async () => {
    // A read that fails tells nothing about the report; the work itself will notice a lost database.
    const status = await read().catch(() => "IN_PROGRESS" as const);
    if (isStopped) return;
    if (status === "IN_PROGRESS" || status === "REQUESTED") wait();
    else cancelled.abort(new Error("the report was cancelled"));
  };
  const wait = () => {
    timer = setTimeout(look, CANCEL_POLL_MS).unref();
  };
  const stop = () => {
    isStopped = true;
    clearTimeout(timer);
  };
  wait();
  return { signal: cancelled.signal, stop };
}

async function discardFiles({ db, files }: MakerContext, key: JobKey): Promise<void> {
  await files.remove(key);
  await markFilesRemoved(db, key);
}

async function failReport(context: MakerContext, key: JobKey, cause: unknown): Promise<void> {
  if (isDatabaseLost(cause)) throw cause;
  await markFailed(context.db, key, { at: new Date(context.clock()), message: toPublicMessage(cause, key) });
  await wakeWebhooks(context.jobs);
  // What broke the report may keep its files from being removed; the task for discarded ones tries again.
  await discardFiles(context, key).catch(() => undefined);
  throw new ReportFailed(key, { cause });
}

/** The report has been marked FAILED; `cause` is for the log. */
export class ReportFailed extends Error {
  override name = "ReportFailed";

  constructor(key: JobKey, options: { cause: unknown }) {
    super(`report ${key.id} of subscription ${key.subscriptionId} failed`, options);
  }
}

function toPublicMessage(error: unknown, key: JobKey): string {
  if (isDiskFull(error)) return "The disk of the server is full; make room and submit the report again.";
  return `The report could not be made because of an internal error; the server's log has the details under ${key.id}.`;
}
