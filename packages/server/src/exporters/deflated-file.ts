import { createReadStream } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { constants, crc32, createInflateRaw, deflateRawSync } from "node:zlib";
import type { ByteRange } from "./byte-range.ts";

/** Read at a time. What was sent stays in memory until it is collected, and of large chunks that is much more. */
export const CHUNK_BYTES = 64 * 1024;

/** What a deflated file holds. `crc32` is that of the ZIP format, over the bytes before deflating. */
export type DeflatedFile = { bytes: number; deflatedBytes: number; crc32: number };

/** A deflated file that is being written, to a temporary name beside its own. */
export type DeflatedFileWriter = {
  /** Deflates a piece at once, so that its memory may be used again; what comes out waits for {@link flush}. */
  add(piece: Uint8Array): void;
  /** Writes what waits. */
  flush(): Promise<void>;
  /** Writes the rest, flushes it to the disk and gives the file its name: under it there is a whole file or none. */
  finish(): Promise<DeflatedFile>;
  /** Closes the file wherever it is. */
  close(): Promise<void>;
};

// Level 1: findings repeat themselves so much that higher levels cost three times the time for a tenth of the size.
const DEFLATE = { level: constants.Z_BEST_SPEED, chunkSize: 64 * 1024 };

/**
 * Begins a deflated file. Pieces are deflated one by one, on the caller's thread: a stream of zlib's would hand each to
 * another thread and back. A piece ends on a byte (sync flush), so that they follow each other as one stream of raw
 * deflate data; nothing refers to the piece before, for which they should be large.
 */
export async function createDeflatedFile(path: string): Promise<DeflatedFileWriter> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, "w", 0o600);
  const written: DeflatedFile = { bytes: 0, deflatedBytes: 0, crc32: 0 };
  let waiting: Buffer[] = [];
  const deflate = (piece: Uint8Array, finishFlush: number) => {
    const deflated = deflateRawSync(piece, { ...DEFLATE, finishFlush });
    written.deflatedBytes += deflated.length;
    waiting.push(deflated);
  };
  const flush = async () => {
    const pieces = waiting;
    waiting = [];
    for (const piece of pieces) await file.writeFile(piece);
  };
  return {
    flush,
    add: (piece) => {
      written.bytes += piece.length;
      written.crc32 = crc32(piece, written.crc32);
      deflate(piece, constants.Z_SYNC_FLUSH);
    },
    finish: async () => {
      deflate(new Uint8Array(), constants.Z_FINISH);
      await flush();
      await file.sync();
      await file.close();
      await rename(temporary, path);
      await syncDirectory(dirname(path));
      return written;
    },
    close: () => file.close(),
  };
}

/** A rename is durable once its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * Streams a range of a deflated file's content. What lies before the range is inflated and dropped.
 *
 * The stream fails when the file is missing, damaged or shorter than the range.
 */
export function readDeflatedFile(path: string, range: ByteRange): Readable {
  return Readable.from(inflateRange(path, range), { objectMode: false });
}

async function* inflateRange(path: string, range: ByteRange): AsyncGenerator<Uint8Array> {
  if (range.last < range.first) return;
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const inflated = file.pipe(createInflateRaw({ chunkSize: CHUNK_BYTES }));
  file.on("error", (error) => inflated.destroy(error));
  try {
    let start = 0;
    for await (const chunk of inflated as AsyncIterable<Buffer>) {
      const first = Math.max(range.first - start, 0);
      const last = Math.min(range.last - start, chunk.length - 1);
      start += chunk.length;
      if (first <= last) yield chunk.subarray(first, last + 1);
      if (start > range.last) return;
    }
    throw new Error(`${path} ends at ${start} bytes, before byte ${range.last}`);
  } finally {
    file.destroy();
    inflated.destroy();
  }
}
