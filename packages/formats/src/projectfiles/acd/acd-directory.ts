import { gunzipSync } from "node:zlib";
import { LIMITS } from "../limits.ts";

/** A member of the container. */
export type AcdEntry = { name: string; offset: number; bytes: number };

/** UTF-16 name, length, offset. */
const RECORD_BYTES = 528;
const NAME_BYTES = 520;
/** Number of members and a number of the tool that wrote them. */
const TRAILER_BYTES = 8;

/**
 * Reads the list of members, which stands at the end of the file: records of fixed size, their number behind them. Found
 * out from files; nothing is published about the format.
 *
 * @returns null when there is no such list
 */
export function readAcdDirectory(file: Buffer): AcdEntry[] | null {
  if (file.length < TRAILER_BYTES + RECORD_BYTES) return null;
  const count = file.readUInt32LE(file.length - TRAILER_BYTES);
  const start = file.length - TRAILER_BYTES - count * RECORD_BYTES;
  if (count === 0 || count > LIMITS.maxContainerEntries || start < 0) return null;
  const entries = Array.from({ length: count }, (_, index) => readRecord(file, start + index * RECORD_BYTES));
  const areInside = entries.every(({ offset, bytes }) => offset + bytes <= start);
  return areInside && entries.every(({ name }) => name !== "") ? entries : null;
}

function readRecord(file: Buffer, at: number): AcdEntry {
  const [name = ""] = file.toString("utf16le", at, at + NAME_BYTES).split("\0", 1);
  return { name, bytes: file.readUInt32LE(at + NAME_BYTES), offset: file.readUInt32LE(at + NAME_BYTES + 4) };
}

/** A member's content, unpacked; null when it is damaged or larger than what is read. */
export function readAcdMember(file: Buffer, { offset, bytes }: AcdEntry): Buffer | null {
  const raw = file.subarray(offset, offset + bytes);
  if (raw[0] !== 0x1f || raw[1] !== 0x8b) return raw.length <= LIMITS.maxMemberBytes ? raw : null;
  try {
    return gunzipSync(raw, { maxOutputLength: LIMITS.maxMemberBytes });
  } catch {
    return null;
  }
}
