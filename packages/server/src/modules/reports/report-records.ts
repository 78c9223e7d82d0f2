import type { ReportFormat } from "@breakwater/contract";
import {
  createFindingReader,
  csvFormat,
  exchangeFormat,
  type FindingReader,
  type FindingTexts,
  isExchangeFormat,
  jsonFormat,
  type Piece,
} from "../findings-read/index.ts";
import type { Snapshot } from "./snapshot-store.ts";

/** How much text is handed on at a time. Written record by record: one long string would be built and thrown away. */
const CHUNK_BYTES = 128 * 1024;
/** Bytes from the database that a stretch should have: there are two at a time, one being read, one being written. */
const STRETCH_BYTES = 2 * 2 ** 20;
const MAX_STRETCH_RECORDS = 10_000;
/** How many the first stretch has, while it is unknown how large a finding is. */
const FIRST_STRETCH_RECORDS = 1000;

/** Texts of a report's findings, numbered from 1, part after part. */
export type RecordSource = {
  /** The records `first` to `last`, each on a line of its own, with the separator before all but the first. */
  read(first: number, last: number, separator: string): AsyncGenerator<Buffer>;
};

type Ahead = { first: number; last: number; found: Promise<FindingTexts> };

/**
 * Reads a snapshot in stretches. While the texts of one are put together, PostgreSQL works on the next, also across the
 * end of a part.
 *
 * @param partRecords how many records a part has: no stretch goes beyond its part
 */
export function createRecordSource(
  snapshot: Snapshot,
  report: { subscriptionId: number; format: ReportFormat; partRecords: number },
): RecordSource {
  const reader = createReader(snapshot, report);
  let stretchRecords = FIRST_STRETCH_RECORDS;
  let ahead: Ahead | undefined;

  const begin = (first: number): Ahead => {
    const partEnd = Math.ceil(first / report.partRecords) * report.partRecords;
    const last = Math.min(first + stretchRecords - 1, partEnd, snapshot.count);
    const found = snapshot.stretch(first, last).then((set) => reader.read(set));
    // Whoever takes the stretch gets the failure; when nobody does any more, it is of no interest.
    found.catch(() => undefined);
    return { first, last, found };
  };
  const take = async (first: number) => {
    const taken = ahead?.first === first ? ahead : begin(first);
    const { bytesRead, texts } = await taken.found;
    const recordBytes = bytesRead / (taken.last - first + 1);
    stretchRecords = Math.max(1, Math.min(MAX_STRETCH_RECORDS, Math.floor(STRETCH_BYTES / recordBytes)));
    ahead = taken.last < snapshot.count ? begin(taken.last + 1) : undefined;
    return { last: taken.last, texts };
  };

  return {
    async *read(first, last, separator) {
      let prefix = "";
      for (let at = first; at <= last; ) {
        const stretch = await take(at);
        const chunks = new ChunkWriter();
        for (const pieces of stretch.texts) {
          const full = chunks.add(prefix, pieces);
          prefix = separator;
          if (full) yield full;
        }
        const rest = chunks.take();
        if (rest.length > 0) yield rest;
        at = stretch.last + 1;
      }
    },
  };
}

/** Puts records into chunks of bytes. */
class ChunkWriter {
  #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #end = 0;

  /** @returns the chunk before this record, when the record does not fit into it any more */
  add(prefix: string, pieces: readonly Piece[]): Buffer | undefined {
    // UTF-8 has at most three bytes for each code unit of UTF-16; for bytes that is more than enough.
    let room = 3 * (prefix.length + 1);
    for (const piece of pieces) room += typeof piece === "string" ? 3 * piece.length : piece.length;
    const full = this.#end + room > this.#chunk.length ? this.take(room) : undefined;
    if (prefix) this.#append(prefix);
    for (const piece of pieces) this.#append(piece);
    this.#append("\n");
    return full?.length ? full : undefined;
  }

  /** What is there so far; the next record, of at most `room` bytes, begins a new chunk. */
  take(room = 0): Buffer {
    const taken = this.#chunk.subarray(0, this.#end);
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, room));
    this.#end = 0;
    return taken;
  }

  #append(piece: Piece): void {
    this.#end += typeof piece === "string" ? this.#chunk.write(piece, this.#end) : piece.copy(this.#chunk, this.#end);
  }
}

function createReader(
  { session }: Snapshot,
  { subscriptionId, format }: { subscriptionId: number; format: ReportFormat },
): FindingReader {
  if (format === "CSV") return createFindingReader(session, subscriptionId, csvFormat);
  if (isExchangeFormat(format)) return createFindingReader(session, subscriptionId, exchangeFormat);
  return createFindingReader(session, subscriptionId, jsonFormat);
}
