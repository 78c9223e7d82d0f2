import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import pg from "pg";
import { toClientConfig } from "../../db/session.ts";
import { createPartMaker, type PartMaker } from "./make-part.ts";
import type { ThreadAnswer, ThreadReport, ThreadRequest } from "./part-threads.ts";
import { joinSnapshot, readPid } from "./snapshot-session.ts";

// A thread that makes parts of reports; started by part-threads.ts. What it imports, each thread has in its own memory.

/** What calls wait for comes first; on Linux this is the thread's own, elsewhere it would be the whole process's. */
const NICENESS = 10;

const port = parentPort!;
/** The report that is being made, and the session for it. */
let current: { client: pg.Client; maker: PartMaker } | undefined;

port.on("message", (request: ThreadRequest) => {
  serve(request).then(
    (answer) => port.postMessage(answer),
    ({ message, stack, code }: NodeJS.ErrnoException) => {
      port.postMessage({ error: { message, stack, code } } satisfies ThreadAnswer);
    },
  );
});

async function serve(request: ThreadRequest): Promise<ThreadAnswer> {
  if ("begin" in request) return { begun: await begin(request.begin) };
  if ("make" in request) return { made: await current!.maker.make(request.make) };
  const { client } = current!;
  current = undefined;
  await client.end();
  return { ended: true };
}

async function begin({ connection, snapshotId, report }: ThreadReport): Promise<number> {
  const client = new pg.Client(toClientConfig({ connection }));
  // Whoever waits for an answer of the session is told as well.
  client.on("error", () => undefined);
  await client.connect();
  const session = await joinSnapshot(client, snapshotId);
  current = { client, maker: await createPartMaker(session, report) };
  // Not before, for what is begun is waited for.
  if (process.platform === "linux") setPriority(NICENESS);
  return readPid(client);
}
