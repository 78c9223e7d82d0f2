import { setTimeout as sleep } from "node:timers/promises";
import type { Runner } from "graphile-worker";
import type { Logger } from "pino";

const RESTART_MS = 1_000;

/** Workers of the queue for some tasks. */
export type Lane = Pick<Runner, "addJob"> & { stop(): Promise<void> };

/**
 * Keeps workers running. The queue gives its workers up when it cannot note that a job has ended, as when the database is restarted
 * at that moment: others take their place at once, beside what the former ones still have to finish.
 *
 * @param start rejects while the database cannot be reached; then it is tried again each second, but for the first time
 */
export async function openLane(log: Logger, start: () => Promise<Runner>): Promise<Lane> {
  const stopping = new AbortController();
  /** All that have not ended. */
  const running = new Set<Runner>();
  let replacing: Promise<unknown> = Promise.resolve();
  let current: Runner;

  const replace = async (former: Runner): Promise<void> => {
    if (former !== current) return;
    log.warn("the job queue gave up its workers; others are started");
    while (former === current && !stopping.signal.aborted) {
      await sleep(RESTART_MS, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      try {
        current = await open();
      } catch (error) {
        log.warn({ err: error }, "the job queue could not be started; trying again shortly");
      }
    }
  };
  const open = async (): Promise<Runner> => {
    const runner = await start();
    running.add(runner);
    const retire = () => {
      if (!stopping.signal.aborted) replacing = replacing.then(() => replace(runner));
    };
    runner.events.once("pool:gracefulShutdown", retire);
    const end = () => {
      running.delete(runner);
      retire();
    };
    runner.promise.then(end, end);
    return runner;
  };

  current = await open();
  return {
    addJob: (...job) => current.addJob(...job),
    stop: async () => {
      stopping.abort();
      await replacing;
      await Promise.all([...running].map(stopRunner));
    },
  };
}

async function stopRunner(runner: Runner): Promise<void> {
  // One that is about to end by itself refuses to be stopped, and is waited for.
  await runner.stop().catch(() => {});
  await runner.promise.catch(() => {});
}
