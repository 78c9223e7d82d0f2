import { Worker } from "node:worker_threads";
import type { Database, DatabaseOptions } from "../../db/pool.ts";
import { createPartMaker, type MadePart, type PartMaker, type PartOrder, type PartReport } from "./make-part.ts";
import { cancelWith, type Snapshot } from "./snapshot-store.ts";

/** What a thread is given, and what it answers: its session's process, then a part for each order. */
export type PartThreadData = { connection: DatabaseOptions["connection"]; snapshotId: string; report: PartReport };
export type PartThreadAnswer =
  | { pid: number }
  | { part: MadePart }
  | { error: { message: string; stack: string | undefined; code: string | undefined } };

/** Reports up to this many findings are made at once, in this thread, which takes less than starting another. */
const HERE_MAX_RECORDS = 500;
/** Records are written into memory that is not V8's: little lives long, and a young generation this large is enough. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 3, maxOldGenerationSizeMb: 192 };

/** How long a thread whose work is done may take to leave. */
const END_MS = 5_000;
const THREAD_ENDED = "the thread ended before its part was made";

/** Of a node, however many cores it has: each has a session, and the server that we start has 60 for everything. */
const MAX_THREADS = 8;

/** Places for the threads of all reports of this node. */
export type ThreadPlaces = {
  /** Takes up to that many, but at least one, even where none is left: a report that began has to get on. */
  take(wanted: number): { count: number; giveBack(): void };
};

/** @param places those beyond {@link MAX_THREADS} are not used */
export function createThreadPlaces(places: number): ThreadPlaces {
  let taken = 0;
  return {
    take: (wanted) => {
      const count = Math.max(1, Math.min(wanted, places - taken, MAX_THREADS - taken));
      taken += count;
      const giveBack = () => {
        taken -= count;
      };
      return { count, giveBack };
    },
  };
}

/**
 * Makes the parts of a report: a small one's here, those of others in threads, each with its own session in the same
 * snapshot. When one part fails the others are given up.
 *
 * @param onPart told of each part, in the order in which they are finished
 */
export async function makeParts(
  { db, threads }: { db: Database; threads: ThreadPlaces },
  { snapshot, report, orders }: { snapshot: Snapshot; report: PartReport; orders: readonly PartOrder[] },
  onPart: (part: MadePart) => Promise<void>,
  signal: AbortSignal,
): Promise<MadePart[]> {
  const made: MadePart[] = [];
  const waiting = [...orders];
  const giveUp = new AbortController();
  const either = AbortSignal.any([signal, giveUp.signal]);
  const work = async ({ make }: PartMaker) => {
    for (let order = waiting.shift(); order; order = waiting.shift()) {
      either.throwIfAborted();
      const part = await make(order);
      made[order.ordinal - 1] = part;
      await onPart(part);
    }
  };
  if (snapshot.count <= HERE_MAX_RECORDS) {
    await work(await createPartMaker(snapshot.session, report));
    return made;
  }
  const { count, giveBack } = threads.take(orders.length);
  const data = { connection: db.connection, snapshotId: snapshot.id, report };
  const running = Array.from({ length: count }, () => withThread(db, data, either, work));
  try {
    await Promise.all(running);
  } catch (error) {
    giveUp.abort(error);
    throw error;
  } finally {
    await Promise.allSettled(running);
    giveBack();
  }
  return made;
}

/** Runs a thread for as long as `work` has orders for it; aborting the signal ends it where it is. */
async function withThread(
  db: Database,
  data: PartThreadData,
  signal: AbortSignal,
  work: (maker: PartMaker) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted();
  const thread = new Worker(new URL("./part-thread.ts", import.meta.url), {
    workerData: data,
    resourceLimits: RESOURCE_LIMITS,
  });
  // Whoever waits for an answer is told; without any listener an error would end the process.
  thread.on("error", () => undefined);
  let hasEnded = false;
  const hasExited = new Promise<void>((resolve) => {
    thread.once("exit", () => {
      hasEnded = true;
      resolve();
    });
  });
  const kill = () => void thread.terminate();
  signal.addEventListener("abort", kill);
  let cancel: { stop(): void } | undefined;
  let killed: NodeJS.Timeout | undefined;
  try {
    const { pid } = await nextAnswer(thread, "pid", signal);
    cancel = cancelWith(db, pid, signal);
    await work({
      make: async (order) => {
        // It may have ended between two parts, and then no event tells of it any more.
        if (hasEnded) throw new Error(THREAD_ENDED);
        thread.postMessage(order);
        return (await nextAnswer(thread, "part", signal)).part;
      },
    });
    thread.postMessage("end");
    // The end of its session may wait for a connection that is half open.
    killed = setTimeout(kill, END_MS);
  } catch (error) {
    kill();
    throw error;
  } finally {
    cancel?.stop();
    // Until it has ended it can be killed: the end of its session may wait for a database that is gone.
    await hasExited;
    clearTimeout(killed);
    signal.removeEventListener("abort", kill);
  }
}

function nextAnswer<K extends "pid" | "part">(
  thread: Worker,
  name: K,
  signal: AbortSignal,
): Promise<Extract<PartThreadAnswer, Record<K, unknown>>> {
  return new Promise((resolve, reject) => {
    const end = () => {
      thread.off("message", onAnswer).off("error", onError).off("exit", onExit);
    };
    const onAnswer = (answer: PartThreadAnswer) => {
      end();
      if (name in answer) resolve(answer as never);
      else if ("error" in answer) reject(Object.assign(new Error(answer.error.message), answer.error));
    };
    const onError = (error: Error) => {
      end();
      reject(error);
    };
    const onExit = () => onError(signal.aborted ? signal.reason : new Error(THREAD_ENDED));
    thread.on("message", onAnswer).on("error", onError).on("exit", onExit);
  });
}
