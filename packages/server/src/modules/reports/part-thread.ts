import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import pg from "pg";
import { toClientConfig } from "../../db/session.ts";
import { createPartMaker, type PartOrder } from "./make-part.ts";
import type { PartThreadAnswer, PartThreadData } from "./part-makers.ts";
import { joinSnapshot, readPid } from "./snapshot-session.ts";

// A thread that makes parts of one report; started by part-makers.ts. What it imports, each thread has in its own memory.

/** What calls wait for comes first; on Linux this is the thread's own, elsewhere it would be the whole process's. */
const NICENESS = 10;

const port = parentPort!;
const answer = (message: PartThreadAnswer) => port.postMessage(message);
const answerError = (error: unknown) => {
  const { message, stack, code } = error as NodeJS.ErrnoException;
  answer({ error: { message, stack, code } });
};

async function serve(): Promise<void> {
  const { connection, snapshotId, report } = workerData as PartThreadData;
  const client = new pg.Client(toClientConfig({ connection }));
  // Whoever waits for an answer of the session is told as well.
  client.on("error", () => undefined);
  await client.connect();
  const session = await joinSnapshot(client, snapshotId);
  const maker = await createPartMaker(session, report);
  port.on("message", (order: PartOrder | "end") => {
    if (order === "end") void client.end().then(() => port.close());
    else maker.make(order).then((part) => answer({ part }), answerError);
  });
  // Not before, for what is begun is waited for.
  if (process.platform === "linux") setPriority(NICENESS);
  answer({ pid: await readPid(session.client) });
}

serve().catch(answerError);
