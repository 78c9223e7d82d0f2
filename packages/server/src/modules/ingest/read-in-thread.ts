import { Worker } from "node:worker_threads";
import type { ByteSource } from "@breakwater/formats/records";
import type { ReadScanOptions, ScanStep } from "../findings/read-scan.ts";
import type { ConnectionCsvMapping } from "./csv-mapping.ts";
import { Mailbox } from "./mailbox.ts";

/** What is read: a format by its id, and the mapping that the id may mean. */
export type ThreadRequest = ReadScanOptions & { format: string; csvMapping: ConnectionCsvMapping | null };
export type ToThread = Uint8Array[] | "end" | "taken";
export type FromThread = ScanStep[] | "want" | "done";

const ENTRY = new URL("./scan-thread.ts", import.meta.url);
/** Bytes of one message, at least. */
const MESSAGE_BYTES = 262_144;
/** Messages of bytes on their way: one is read while the next comes. */
const MESSAGES_AHEAD = 2;
/**
 * The young generation is most of a parser's memory. The other bound keeps a file that finds a gap in a parser's own
 * limits from ending the server: the thread ends instead.
 */
const LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 1024 };

/**
 * `readScan` in a thread of its own: parsing gets a core to itself, and the process stays free for requests and for the
 * database.
 *
 * @throws what `bytes` throws, and what ends the thread
 */
export async function* readInThread(bytes: ByteSource, request: ThreadRequest): AsyncGenerator<ScanStep[]> {
  // Options of the process are for its own entry point.
  const worker = new Worker(ENTRY, { workerData: request, resourceLimits: LIMITS, execArgv: [] });
  const inbox = new Mailbox<FromThread>();
  const wants = new Mailbox<"want">();
  worker.on("message", (message: FromThread) => (message === "want" ? wants.push(message) : inbox.push(message)));
  worker.on("error", (error) => inbox.fail(error));
  worker.on("exit", () => inbox.fail(new Error("the thread that reads the file has ended")));
  for (let ahead = 0; ahead < MESSAGES_AHEAD; ahead++) wants.push("want");
  const supplying = supply(worker, bytes, wants).catch((error) => inbox.fail(error));
  try {
    for (;;) {
      const message = await inbox.next();
      if (message === "done") return;
      if (message !== "want") yield message;
      worker.postMessage("taken" satisfies ToThread);
    }
  } finally {
    wants.fail(STOP);
    await worker.terminate();
    await supplying;
  }
}

const STOP = Symbol("nobody reads on");

async function supply(worker: Worker, bytes: ByteSource, wants: Mailbox<"want">): Promise<void> {
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const flush = async () => {
    await wants.next();
    worker.postMessage(
      chunks satisfies ToThread,
      chunks.map(({ buffer }) => buffer),
    );
    chunks = [];
    length = 0;
  };
  try {
    for await (const chunk of bytes) {
      chunks.push(toOwn(chunk));
      length += chunk.length;
      if (length >= MESSAGE_BYTES) await flush();
    }
    if (length > 0) await flush();
    worker.postMessage("end" satisfies ToThread);
  } catch (error) {
    if (error !== STOP) throw error;
  }
}

/** The bytes as the only ones of their memory, which can then be handed over instead of copied. */
function toOwn(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = chunk;
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === chunk.length;
  return isOwn ? new Uint8Array(buffer) : new Uint8Array(chunk);
}
