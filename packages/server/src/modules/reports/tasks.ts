import type { Logger } from "pino";
import type { JobKey, Task } from "../../jobs/index.ts";
import { findUnfinished, listDiscarded, listUnfinished, markExpired, markFilesRemoved } from "./job-store.ts";
import { createLane, type Lane } from "./lane.ts";
import { type MakerContext, makeReport, ReportFailed } from "./make-report.ts";
import { createPartThreads } from "./part-threads.ts";

export const REPORT_TASK = "report";
const LARGE_REPORT_TASK = "report-large";
const DISCARD_TASK = "report-discard";

type TaskContext = MakerContext & { log: Logger };

/**
 * The work behind reports. Every report begins in the task `report`, which makes it at once when it fits one part and
 * otherwise hands it to `report-large`. Large ones never take the last of the queue's places, so that a small report
 * waits for small ones only.
 */
export function createReportTasks(options: Omit<TaskContext, "threads">): Task[] {
  const context = { ...options, threads: createPartThreads(options.limits.jobConcurrency) };
  const lane = createLane(Math.max(1, context.limits.jobConcurrency - 1));
  return [
    {
      name: REPORT_TASK,
      isQuick: true,
      listUnfinished: () => listUnfinished(context.db, false),
      run: (key, { signal }) => runReport(context, key, signal),
    },
    {
      name: LARGE_REPORT_TASK,
      listUnfinished: () => listUnfinished(context.db, true),
      run: (key, { signal }) => runLargeReport(context, lane, key, signal),
    },
    {
      name: DISCARD_TASK,
      isQuick: true,
      listUnfinished: () => listDiscarded(context.db, new Date(context.clock())),
      run: (key) => discardReport(context, key),
    },
  ];
}

async function runReport(context: TaskContext, key: JobKey, signal: AbortSignal): Promise<void> {
  const order = await findUnfinished(context.db, key);
  if (!order || order.isLarge) return;
  const outcome = await makeAndLog(context, () => makeReport(context, { key, order }, signal));
  if (outcome === "too-large") await context.jobs.enqueue(LARGE_REPORT_TASK, key);
}

async function runLargeReport(context: TaskContext, lane: Lane, key: JobKey, signal: AbortSignal): Promise<void> {
  const hasRun = await lane.tryRun(toName(key), async () => {
    const order = await findUnfinished(context.db, key);
    if (order?.isLarge) await makeAndLog(context, () => makeReport(context, { key, order }, signal));
  });
  if (hasRun && !signal.aborted) await wakeNext(context, lane, key);
}

/** Those that found the lane full went away: the next of them may come now. */
async function wakeNext({ db, jobs }: TaskContext, lane: Lane, done: JobKey): Promise<void> {
  const waiting = await listUnfinished(db, true);
  const next = waiting.find((key) => !lane.has(toName(key)) && toName(key) !== toName(done));
  if (next) await jobs.enqueue(LARGE_REPORT_TASK, next);
}

function toName(key: JobKey): string {
  return `${key.subscriptionId}/${key.id}`;
}

/** A report that failed is done: its row says so, and the log says why. */
async function makeAndLog<T>({ log }: TaskContext, make: () => Promise<T>): Promise<T | undefined> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof ReportFailed)) throw error;
    log.error({ err: error }, error.message);
    return undefined;
  }
}

async function discardReport({ db, files, clock }: TaskContext, key: JobKey): Promise<void> {
  if (!(await markExpired(db, key, new Date(clock())))) return;
  await files.remove(key);
  await markFilesRemoved(db, key);
}
