import { crc32 } from "node:zlib";

/**
 * The journal's bytes: the magic, then frames of `u32 length of the payload | u32 CRC-32 of it | payload`, little
 * endian. Payloads begin with their kind:
 *
 * - counter: `u8 1 | u32 id | u32 keepEntries | f64 keepMs | UTF-8 key`, before the first use of the id, and again
 *   when what is to be kept grows
 * - calls: `u8 2 | u32 id | f64 time …`, one or many, oldest first
 */
export const JOURNAL_MAGIC = Buffer.from("BWLIMIT1", "latin1");

const CALL_FRAME_BYTES = 8 + 5 + 8;
const MAX_PAYLOAD_BYTES = 128 * 1024 * 1024;
const COUNTER = 1;
const CALLS = 2;
const COUNTER_KEY_OFFSET = 17;
const CALLS_TIME_OFFSET = 5;
const SINGLE_TIME = new Float64Array(1);

export type JournalRecord =
  | { kind: "counter"; id: number; keepEntries: number; keepMs: number; key: string }
  | { kind: "calls"; id: number; times: Float64Array };

export function counterFrame(id: number, keepEntries: number, keepMs: number, key: string): Buffer {
  const payload = Buffer.alloc(COUNTER_KEY_OFFSET + Buffer.byteLength(key));
  payload.writeUInt8(COUNTER, 0);
  payload.writeUInt32LE(id, 1);
  payload.writeUInt32LE(keepEntries, 5);
  payload.writeDoubleLE(keepMs, 9);
  payload.write(key, COUNTER_KEY_OFFSET, "utf8");
  return frame(payload);
}

export function callsFrame(id: number, times: Float64Array): Buffer {
  const payload = Buffer.alloc(CALLS_TIME_OFFSET + times.length * 8);
  payload.writeUInt8(CALLS, 0);
  payload.writeUInt32LE(id, 1);
  payload.set(bytesOf(times), CALLS_TIME_OFFSET);
  return frame(payload);
}

/** Writes frames of one call into a buffer of its own, which the next call overwrites: no allocation per admission. */
export function createCallFrameWriter(): (id: number, timeMs: number) => Buffer {
  const buffer = Buffer.alloc(CALL_FRAME_BYTES);
  const payload = buffer.subarray(8);
  buffer.writeUInt32LE(payload.length, 0);
  payload.writeUInt8(CALLS, 0);
  return (id, timeMs) => {
    payload.writeUInt32LE(id, 1);
    payload.writeDoubleLE(timeMs, CALLS_TIME_OFFSET);
    buffer.writeUInt32LE(crc32(payload), 4);
    return buffer;
  };
}

/**
 * Reads as far as the frames are sound and hands each to `onRecord`, which must not keep it: the next one may reuse
 * its memory. Never throws for bad bytes: what a kill or a bad disk left behind ends the reading.
 *
 * @returns where the first unsound byte stands; 0 when this is no journal at all
 */
export function parseJournal(bytes: Buffer, onRecord: (record: JournalRecord) => void): number {
  if (!bytes.subarray(0, JOURNAL_MAGIC.length).equals(JOURNAL_MAGIC)) return 0;
  let offset = JOURNAL_MAGIC.length;
  while (offset + 8 <= bytes.length) {
    const length = bytes.readUInt32LE(offset);
    const end = offset + 8 + length;
    if (length > MAX_PAYLOAD_BYTES || end > bytes.length) break;
    const payload = bytes.subarray(offset + 8, end);
    if (crc32(payload) !== bytes.readUInt32LE(offset + 4)) break;
    const record = parsePayload(payload);
    if (record === undefined) break;
    onRecord(record);
    offset = end;
  }
  return offset;
}

function frame(payload: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt32LE(crc32(payload), 4);
  return Buffer.concat([head, payload]);
}

function parsePayload(payload: Buffer): JournalRecord | undefined {
  if (payload[0] === COUNTER && payload.length >= COUNTER_KEY_OFFSET) {
    const keepEntries = payload.readUInt32LE(5);
    const key = payload.toString("utf8", COUNTER_KEY_OFFSET);
    return { kind: "counter", id: payload.readUInt32LE(1), keepEntries, keepMs: payload.readDoubleLE(9), key };
  }
  const timeBytes = payload.length - CALLS_TIME_OFFSET;
  if (payload[0] !== CALLS || timeBytes < 0 || timeBytes % 8 !== 0) return undefined;
  // A journal consists mostly of single calls, a million and more: an array for each would cost seconds and gigabytes.
  const times = timeBytes === 8 ? SINGLE_TIME : new Float64Array(timeBytes / 8);
  bytesOf(times).set(payload.subarray(CALLS_TIME_OFFSET));
  if (!times.every(Number.isFinite)) return undefined;
  return { kind: "calls", id: payload.readUInt32LE(1), times };
}

/** The times as they stand in memory: all supported platforms are little endian, as the file is. */
function bytesOf(times: Float64Array): Uint8Array {
  return new Uint8Array(times.buffer, times.byteOffset, times.byteLength);
}
