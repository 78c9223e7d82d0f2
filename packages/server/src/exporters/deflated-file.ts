import { createReadStream, createWriteStream } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, crc32, createDeflateRaw, createInflateRaw } from "node:zlib";
import type { ByteRange } from "./byte-range.ts";

/** What a deflated file holds. `crc32` is that of the ZIP format, over the bytes before deflating. */
export type DeflatedFile = { bytes: number; deflatedBytes: number; crc32: number };

/**
 * Deflates a stream into a file: to a temporary name beside it, flushed to the disk, then renamed, so that under `path`
 * there is a whole file or none. Deflating runs on zlib's threads, not on the event loop.
 *
 * @param content.head text before the source's bytes, `tail` after them
 */
export async function writeDeflatedFile(
  path: string,
  content: { head: string; source: Readable; tail: string },
  signal: AbortSignal,
): Promise<DeflatedFile> {
  const before = new Tally();
  const after = { bytes: 0 };
  const temporary = `${path}.tmp`;
  const meter = new Transform({
    highWaterMark: 1024 * 1024,
    construct(done) {
      this.push(before.add(Buffer.from(content.head, "utf8")));
      done();
    },
    transform: (chunk: Buffer, _encoding, done) => done(null, before.add(chunk)),
    flush: (done) => done(null, before.add(Buffer.from(content.tail, "utf8"))),
  });
  const outMeter = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      after.bytes += chunk.length;
      done(null, chunk);
    },
  });
  // Level 1: findings repeat themselves so much that higher levels cost three times the time for a tenth of the size.
  const deflate = createDeflateRaw({ level: constants.Z_BEST_SPEED, chunkSize: 256 * 1024 });
  const sink = createWriteStream(temporary, { flush: true, mode: 0o600 });
  await pipeline(content.source, meter, deflate, outMeter, sink, { signal });
  await rename(temporary, path);
  await syncDirectory(dirname(path));
  return { bytes: before.bytes, deflatedBytes: after.bytes, crc32: before.crc };
}

class Tally {
  bytes = 0;
  crc = 0;

  add(chunk: Buffer): Buffer {
    this.bytes += chunk.length;
    this.crc = crc32(chunk, this.crc);
    return chunk;
  }
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
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const inflated = file.pipe(createInflateRaw({ chunkSize: 256 * 1024 }));
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
