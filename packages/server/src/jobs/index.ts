import { run as runWorker } from "graphile-worker";
import type { Logger } from "pino";
import type { Database } from "../db/pool.ts";
import { withJobLock } from "./job-lock.ts";
import { type Lane, openLane } from "./lane.ts";
import { toWorkerLogger } from "./worker-log.ts";

/** Names one row of a task's own table. */
export type JobKey = { subscriptionId: number; id: string };

/**
 * A kind of long-running work. Its truth is in rows of its own table: the queue only wakes it.
 *
 * `run` looks at the row, does the work or resumes it, and records the outcome there; it is called again after a crash
 * or a restart and must not double an effect. When the signal aborts (the server stops, or the
 * database that says who runs the job is lost) it returns at the next safe point.
 */
export type Task = {
  name: string;
  /** Short work that people wait for: it has workers of its own, so that it is never stuck behind long work. */
  isQuick?: boolean;
  run(key: JobKey, control: { signal: AbortSignal }): Promise<void>;
  /** Rows that still have work to do; woken at start and now and then, in case a wake-up was lost with its process. */
  listUnfinished(): Promise<JobKey[]>;
};

export type Jobs = {
  /** Wakes a task for one row. Waking twice is harmless. */
  enqueue(taskName: string, key: JobKey): Promise<void>;
  /** Aborts what runs, waits for it, and stops. */
  stop(): Promise<void>;
};

const SWEEP_MS = 15_000;
/** How long running jobs may take to reach a safe point when the server stops. */
const STOP_GRACE_MS = 10_000;
const QUICK_WORKERS = 2;
/**
 * The queue notes the ends of jobs in batches, of those that end at once. Otherwise nobody is told when the database cannot be
 * reached at that moment: a promise is rejected that the queue does not wait for, which ends the process.
 */
const TOLD_OF_FAILURES = { completeJobBatchDelay: 0, failJobBatchDelay: 0 };

/**
 * Starts the queue on the product's own database.
 *
 * @param options.concurrency long jobs that run at once on this node
 */
export async function startJobs(options: {
  db: Database;
  tasks: readonly Task[];
  concurrency: number;
  log: Logger;
}): Promise<Jobs> {
  const { db, tasks, log } = options;
  const stopping = new AbortController();
  const open = (some: readonly Task[], concurrency: number): Promise<Lane> => {
    const taskList = toTaskList(db, some, stopping.signal);
    return openLane(log, () =>
      runWorker({
        pgPool: db.jobPool,
        taskList,
        concurrency,
        noHandleSignals: true,
        pollInterval: 2_000,
        logger: toWorkerLogger(log),
        preset: { worker: { gracefulShutdownAbortTimeout: STOP_GRACE_MS, ...TOLD_OF_FAILURES } },
      }),
    );
  };
  const long = await open(
    tasks.filter((task) => !task.isQuick),
    options.concurrency,
  );
  const quick = await open(
    tasks.filter((task) => task.isQuick),
    QUICK_WORKERS,
  );
  const enqueue = async (taskName: string, key: JobKey) => {
    // `replace`: a job of that key left locked by a killed process loses the key, and this one runs in its place.
    const jobKey = `${taskName}/${key.subscriptionId}/${key.id}`;
    await long.addJob(taskName, key, { jobKey, jobKeyMode: "replace", maxAttempts: 5 });
  };
  const sweep = () => wakeUnfinished(tasks, enqueue, log);
  await sweep();
  const timer = setInterval(sweep, SWEEP_MS);
  return { enqueue, stop: () => stopJobs([quick, long], timer, stopping) };
}

function toTaskList(db: Database, tasks: readonly Task[], signal: AbortSignal) {
  return Object.fromEntries(
    tasks.map((task) => [
      task.name,
      async (payload: unknown) => {
        const key = payload as JobKey;
        if (signal.aborted) return;
        await withJobLock(db, `${task.name}/${key.subscriptionId}/${key.id}`, (lost) =>
          task.run(key, { signal: AbortSignal.any([signal, lost]) }),
        );
      },
    ]),
  );
}

async function stopJobs(lanes: readonly Lane[], timer: NodeJS.Timeout, stopping: AbortController): Promise<void> {
  clearInterval(timer);
  stopping.abort(new Error("the server is stopping"));
  await Promise.all(lanes.map((lane) => lane.stop()));
}

async function wakeUnfinished(
  tasks: readonly Task[],
  enqueue: (taskName: string, key: JobKey) => Promise<void>,
  log: Logger,
): Promise<void> {
  let failure: unknown;
  const failed: string[] = [];
  for (const task of tasks) {
    try {
      for (const key of await task.listUnfinished()) await enqueue(task.name, key);
    } catch (error) {
      failure = error;
      failed.push(task.name);
    }
  }
  if (failure) log.warn({ err: failure, tasks: failed }, "could not look for unfinished jobs; trying again shortly");
}
