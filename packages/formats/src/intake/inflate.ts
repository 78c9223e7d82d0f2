import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from "node:zlib";
import type { Budget } from "./budget.ts";
import type { ByteReader } from "./byte-reader.ts";
import { fatal } from "./intake-error.ts";

/** Deflate gives at most 1,032 bytes for one, so a step of this size never yields more than 34 MB at once. */
const STEP_BYTES = 32_768;
/** Output of the step that meets damage is lost up to this size. */
const OUTPUT_CHUNK_BYTES = 65_536;
/** Checksum and length, which end a gzip file; fed apart, so that a wrong one does not take the last output with it. */
const TRAILER_BYTES = 8;

/**
 * Decompresses a whole gzip file, members one after another.
 *
 * @throws IntakeError `gzip-truncated`, `gzip-corrupt` or `decompressed-too-large`, after everything good was given
 */
export function gunzip(reader: ByteReader, budget: Budget): AsyncGenerator<Uint8Array> {
  return readAhead(gunzipInSteps(reader, budget));
}

async function* gunzipInSteps(reader: ByteReader, budget: Budget): AsyncGenerator<Uint8Array> {
  const engine = new Engine(createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES }));
  let consumed = 0;
  let produced = 0;
  try {
    for await (const input of holdingBack(reader, TRAILER_BYTES)) {
      consumed += input?.length ?? 0;
      const failure = await engine.step(input);
      const output = engine.takeOutput();
      produced += output.length;
      budget.spend(output.length, consumed, produced);
      if (output.length > 0) yield output;
      if (failure !== null) throw gzipFailure(failure, consumed);
    }
  } finally {
    engine.close();
  }
}

/**
 * Asks for the next value before the present one is used: zlib works in threads of its own, so it inflates while the
 * parser reads.
 */
async function* readAhead(source: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let next = source.next();
  try {
    for (let result = await next; result.done !== true; result = await next) {
      next = source.next();
      // A failure is seen where it is awaited; until then, or when nobody reads on, it is no unhandled rejection.
      next.catch(() => undefined);
      yield result.value;
    }
  } finally {
    await source.return(undefined);
  }
}

/** The reader's bytes in steps, the last `count` of them in a step of their own, and null behind them. */
async function* holdingBack(reader: ByteReader, count: number): AsyncGenerator<Uint8Array | null> {
  let held: Buffer = Buffer.alloc(0);
  for await (const bytes of reader.rest(STEP_BYTES)) {
    const joined: Buffer = Buffer.concat([held, bytes]);
    const cut = Math.max(joined.length - count, 0);
    if (cut > 0) yield joined.subarray(0, cut);
    held = joined.subarray(cut);
  }
  yield held;
  yield null;
}

/**
 * Decompresses one deflate stream and leaves what follows it in the reader.
 *
 * @throws IntakeError `zip-truncated`, `zip-corrupt` or `decompressed-too-large`, after everything good was given
 */
export function inflateRaw(reader: ByteReader, budget: Budget): AsyncGenerator<Uint8Array> {
  return readAhead(inflateRawInSteps(reader, budget));
}

async function* inflateRawInSteps(reader: ByteReader, budget: Budget): AsyncGenerator<Uint8Array> {
  const engine = new Engine(createInflateRaw({ chunkSize: OUTPUT_CHUNK_BYTES }));
  let consumed = 0;
  let produced = 0;
  try {
    while (!engine.hasEnded) {
      const input = await reader.next(STEP_BYTES);
      if (input === null) throw fatal("zip-truncated", `byte ${reader.position}`, "the archive ends inside a member");
      const failure = await engine.step(input);
      const used = engine.bytesRead - consumed;
      consumed = engine.bytesRead;
      const output = engine.takeOutput();
      produced += output.length;
      budget.spend(output.length, consumed, produced);
      if (output.length > 0) yield output;
      if (failure !== null) {
        throw fatal("zip-corrupt", `byte ${reader.position}`, `a member cannot be decompressed: ${failure.message}`);
      }
      if (engine.hasEnded) reader.unread(input.subarray(used));
    }
  } finally {
    engine.close();
  }
}

/** A zlib transform driven one input at a time, so that output made before a failure is not lost with the stream. */
class Engine {
  hasEnded = false;
  readonly #stream: Gunzip | InflateRaw;
  #output: Uint8Array[] = [];
  #failure: Error | null = null;
  #settle: () => void = () => undefined;

  constructor(stream: Gunzip | InflateRaw) {
    this.#stream = stream;
    stream.on("data", (bytes: Buffer) => this.#output.push(bytes));
    stream.on("end", () => {
      this.hasEnded = true;
    });
    stream.on("error", (error) => {
      this.#failure = error;
    });
    // After a failure the callback of the write under way is never called; the close event always comes.
    stream.on("close", () => this.#settle());
  }

  /** Compressed bytes that the stream really took; what follows its end does not count. */
  get bytesRead(): number {
    return this.#stream.bytesWritten;
  }

  /** Feeds bytes, or null for the end of them; answers what went wrong. */
  async step(input: Uint8Array | null): Promise<Error | null> {
    if (this.#failure !== null || this.hasEnded) return this.#failure;
    await new Promise<void>((resolve) => {
      this.#settle = resolve;
      if (input === null) this.#stream.end();
      else this.#stream.write(input, () => resolve());
    });
    // `end` and the last `data` come in ticks of their own after the write's callback.
    await new Promise<void>((resolve) => setImmediate(resolve));
    return this.#failure;
  }

  takeOutput(): Uint8Array {
    const output = this.#output;
    this.#output = [];
    return output.length === 1 && output[0] !== undefined ? output[0] : Buffer.concat(output);
  }

  /** Frees the engine's memory at once. */
  close(): void {
    this.#stream.destroy();
  }
}

function gzipFailure(error: Error, consumed: number) {
  const where = `byte ${consumed}`;
  if ("code" in error && error.code === "Z_BUF_ERROR") {
    return fatal("gzip-truncated", where, "the gzip file ends too early; what it holds was imported");
  }
  return fatal("gzip-corrupt", where, `the gzip file is damaged (${error.message}); what stands before was imported`);
}
