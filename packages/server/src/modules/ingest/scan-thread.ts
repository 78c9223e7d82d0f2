import { parentPort, workerData } from "node:worker_threads";
import type { ScanParser } from "@breakwater/formats/records";
import { readScan } from "../findings/read-scan.ts";
import { Mailbox } from "./mailbox.ts";
import type { FromThread, ThreadRequest, ToThread } from "./read-in-thread.ts";

/** The other side of `readInThread`: reads one file of findings from the bytes that it is sent. */

/** Steps that may be on their way before the other side has taken one. */
const STEPS_AHEAD = 2;

const request = workerData as ThreadRequest;
const port = parentPort!;
const chunks = new Mailbox<Uint8Array[] | "end">();
const taken = new Mailbox<"taken">();
const send = (message: FromThread) => port.postMessage(message);

port.on("message", (message: ToThread) => {
  if (message === "taken") taken.push(message);
  else chunks.push(message);
});
for (let ahead = 0; ahead < STEPS_AHEAD; ahead++) taken.push("taken");
const parse = await findParser(request);
for await (const steps of readScan(parse(receiveBytes()), request)) {
  await taken.next();
  send(steps);
}
send("done");
port.close();

/** The largest files are of one format: the others are not loaded for it, which takes 0.2 s and 20 MB. */
async function findParser({ format, csvMapping }: ThreadRequest): Promise<ScanParser> {
  if (format === "nessus") return (await import("@breakwater/formats/scanners/nessus/index")).parseNessus;
  const { knownFormats } = await import("./known-formats.ts");
  const found = knownFormats(csvMapping).find(({ id }) => id === format);
  if (found?.kind !== "scan") throw new Error(`${format} is no format of findings`);
  return found.parse;
}

async function* receiveBytes(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const message = await chunks.next();
    if (message === "end") return;
    send("want");
    yield* message;
  }
}
