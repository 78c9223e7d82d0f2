import type { Database } from "../../db/pool.ts";
import { createPartMaker, type MadePart, type PartMaker, type PartOrder, type PartReport } from "./make-part.ts";
import type { PartThreads, ThreadReport } from "./part-threads.ts";
import { cancelWith, type Snapshot } from "./snapshot-store.ts";

/** Reports up to this many findings are made at once, in this thread, which takes less than starting another. */
const HERE_MAX_RECORDS = 500;
/** How long a thread whose work is done may take to end its session. */
const END_MS = 5_000;

/**
 * Makes the parts of a report: a small one's here, those of others in threads, each with its own session in the same
 * snapshot. When one part fails the others are given up.
 *
 * @param onPart told of each part, in the order in which they are finished
 */
export async function makeParts(
  { db, threads }: { db: Database; threads: PartThreads },
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
  const running = Array.from({ length: count }, () => withThread({ db, threads }, data, either, work));
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

/** Has a thread make parts for as long as `work` has orders for it; aborting the signal ends it where it is. */
async function withThread(
  { db, threads }: { db: Database; threads: PartThreads },
  report: ThreadReport,
  signal: AbortSignal,
  work: (maker: PartMaker) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted();
  const thread = threads.open();
  const kill = () => thread.kill();
  signal.addEventListener("abort", kill);
  let cancel: { stop(): void } | undefined;
  let late: NodeJS.Timeout | undefined;
  let isFree = false;
  try {
    cancel = cancelWith(db, await thread.ask({ begin: report }, "begun", signal), signal);
    await work({ make: (order) => thread.ask({ make: order }, "made", signal) });
    // The end of its session may wait for a connection that is half open, or for a database that is gone.
    late = setTimeout(kill, END_MS);
    isFree = await thread.ask({ end: true }, "ended", signal).catch(() => false);
  } finally {
    clearTimeout(late);
    cancel?.stop();
    signal.removeEventListener("abort", kill);
    if (isFree && !signal.aborted) threads.keep(thread);
    else {
      kill();
      await thread.exited;
    }
  }
}
