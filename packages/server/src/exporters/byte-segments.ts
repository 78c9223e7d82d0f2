import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { ByteRange } from "./byte-range.ts";
import { CHUNK_BYTES } from "./deflated-file.ts";

/** A stretch of a virtual file: bytes at hand, or a whole file on disk of known length. */
export type Segment = { kind: "bytes"; bytes: Uint8Array } | { kind: "file"; path: string; length: number };

export function segmentLength(segment: Segment): number {
  return segment.kind === "bytes" ? segment.bytes.length : segment.length;
}

export function totalLength(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segmentLength(segment), 0);
}

/**
 * Streams a range of the file that the segments make up together. Segments outside of the range are skipped without
 * being opened, so the last byte costs as much as the first.
 *
 * The stream fails when a file is missing or shorter than its segment says.
 */
export function readSegments(segments: readonly Segment[], range: ByteRange): Readable {
  return Readable.from(readChunks(segments, range), { objectMode: false });
}

async function* readChunks(segments: readonly Segment[], range: ByteRange): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const segment of segments) {
    const length = segmentLength(segment);
    const first = Math.max(range.first - start, 0);
    const last = Math.min(range.last - start, length - 1);
    start += length;
    if (first > last) continue;
    if (segment.kind === "bytes") yield segment.bytes.subarray(first, last + 1);
    else yield* readFileRange(segment.path, first, last);
  }
}

async function* readFileRange(path: string, first: number, last: number): AsyncGenerator<Uint8Array> {
  let missing = last - first + 1;
  for await (const chunk of createReadStream(path, { start: first, end: last, highWaterMark: CHUNK_BYTES })) {
    missing -= (chunk as Buffer).length;
    yield chunk as Buffer;
  }
  // A body shorter than its Content-Length must end as a broken connection, never as a file that looks whole.
  if (missing > 0) throw new Error(`${path} is ${missing} bytes shorter than recorded`);
}
