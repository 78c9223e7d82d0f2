import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import type { ScanParser } from "@breakwater/formats/records";
import { buffersOf, readScan } from "../findings/read-scan.ts";
import { Mailbox } from "./mailbox.ts";
import type { FromThread, ThreadRequest, ThreadStart, ToThread } from "./read-in-thread.ts";

/** The other side of `readInThread`: reads one file of findings from the bytes that it is sent. */

/** Steps that may be on their way before the other side has taken one. */
const STEPS_AHEAD = 2;

/** Requests go first. On Linux this is of the thread, elsewhere it would be of the whole process. */
const NICENESS = 10;
if (process.platform === "linux") setPriority(NICENESS);

const { request, ring } = workerData as ThreadStart;
const port = parentPort!;
const chunks = new Mailbox<Exclude<ToThread, "taken">>();
const taken = new Mailbox<"taken">();
const send = (message: FromThread, handedOver: ArrayBuffer[] = []) => port.postMessage(message, handedOver);

port.on("message", (message: ToThread) => {
  if (message === "taken") taken.push(message);
  else chunks.push(message);
});
for (let ahead = 0; ahead < STEPS_AHEAD; ahead++) taken.push("taken");
const parse = await loadParser(request);
for await (const steps of readScan(parse(receiveBytes()), request)) {
  await taken.next();
  send(
    steps,
    steps.flatMap((step) => (step.type === "batch" ? buffersOf(step.batch) : [])),
  );
}
send("done");
port.close();

/** The largest files are of one format: the others are not loaded for it, which takes 0.2 s and 20 MB. */
async function loadParser(request: ThreadRequest): Promise<ScanParser> {
  if (request.format === "nessus") return (await import("@breakwater/formats/scanners/nessus/index")).parseNessus;
  return (await import("./known-formats.ts")).findParser(request);
}

async function* receiveBytes(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const message = await chunks.next();
    if (message === "end") return;
    const bytes = new Uint8Array(ring, message.start, message.length);
    // Only the reader of XML is known to keep nothing of what it is given.
    yield request.format === "nessus" ? bytes : bytes.slice();
    send("free");
  }
}
