import { Worker } from "node:worker_threads";
import type { ByteSource } from "@breakwater/formats/records";
import type { ReadScanOptions, ScanStep } from "../findings/read-scan.ts";
import { giveBack } from "./chunk-pool.ts";
import type { ConnectionCsvMapping } from "./csv-mapping.ts";
import { Mailbox } from "./mailbox.ts";

/** What is read: a format by its id, and the mapping that the id may mean. */
export type ThreadRequest = ReadScanOptions & { format: string; csvMapping: ConnectionCsvMapping | null };
/** What the thread starts with. Bytes come to it through memory that both sides have. */
export type ThreadStart = { request: ThreadRequest; ring: SharedArrayBuffer };
/** Where in the ring the next bytes are. */
export type ToThread = { start: number; length: number } | "end" | "taken";
/** `free`: the bytes that came first of those not yet freed are read. */
export type FromThread = ScanStep[] | "free" | "done";

const ENTRY = new URL("./scan-thread.ts", import.meta.url);
/**
 * Bytes of one message, and messages on their way: enough for the thread to read on while the process is busy with a batch.
 * The memory is used over and over: handed over piece by piece, it had the collector of either side go through its whole heap
 * every 10 MB of the file.
 */
const SLOT_BYTES = 262_144;
const SLOTS = 16;
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
  const ring = new SharedArrayBuffer(SLOTS * SLOT_BYTES);
  const workerData: ThreadStart = { request, ring };
  const worker = new Worker(ENTRY, { workerData, resourceLimits: LIMITS, execArgv: [] });
  const inbox = new Mailbox<FromThread>();
  const free = new Mailbox<"free">();
  worker.on("message", (message: FromThread) => (message === "free" ? free.push(message) : inbox.push(message)));
  worker.on("error", (error) => inbox.fail(error));
  worker.on("exit", () => inbox.fail(new Error("the thread that reads the file has ended")));
  for (let slot = 0; slot < SLOTS; slot++) free.push("free");
  const supplying = supply(worker, bytes, new Uint8Array(ring), free).catch((error) => inbox.fail(error));
  try {
    for (;;) {
      const message = await inbox.next();
      if (message === "done") return;
      if (message !== "free") yield message;
      worker.postMessage("taken" satisfies ToThread);
    }
  } finally {
    free.fail(STOP);
    await worker.terminate();
    await supplying;
  }
}

const STOP = Symbol("nobody reads on");

async function supply(worker: Worker, bytes: ByteSource, ring: Uint8Array, free: Mailbox<"free">): Promise<void> {
  let start = 0;
  let length = 0;
  const post = () => {
    worker.postMessage({ start, length } satisfies ToThread);
    start = (start + SLOT_BYTES) % ring.length;
    length = 0;
  };
  try {
    for await (const chunk of bytes) {
      for (let from = 0; from < chunk.length; ) {
        if (length === 0) await free.next();
        const part = chunk.subarray(from, from + SLOT_BYTES - length);
        ring.set(part, start + length);
        length += part.length;
        from += part.length;
        if (length === SLOT_BYTES) post();
      }
      giveBack(chunk);
    }
    if (length > 0) post();
    worker.postMessage("end" satisfies ToThread);
  } catch (error) {
    if (error !== STOP) throw error;
  }
}
