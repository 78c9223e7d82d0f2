import type { Segment } from "./byte-segments.ts";

/** A file of the archive, already deflated on disk. */
export type ZipEntry = {
  /** ASCII, no directory. */
  name: string;
  path: string;
  /** Of the file before deflating. */
  crc32: number;
  bytes: number;
  deflatedBytes: number;
};

const VERSION_ZIP64 = 45;
const VERSION_DEFLATE = 20;
const METHOD_DEFLATE = 8;
const FLAG_UTF8 = 0x0800;
const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;
/** MS-DOS and Unix sides agree: a regular file, rw-r--r--. */
const EXTERNAL_ATTRIBUTES = 0o100644 * 0x10000;
const MADE_BY_UNIX = 3 * 256;

/**
 * Lays out a ZIP (APPNOTE 6.3.10) of the entries, in their order, as segments. Every length is known beforehand, hence
 * no data descriptors, and the same entries always give the same bytes: any range can be produced without the rest.
 * Zip64 fields appear only where a number does not fit otherwise.
 *
 * @param modifiedAtMs time of all entries; recorded in UTC, to 2 seconds, within 1980..2107
 */
export function layOutZip(entries: readonly ZipEntry[], modifiedAtMs: number): Segment[] {
  const stamp = toDosTime(modifiedAtMs);
  const segments: Segment[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const header = localHeader(entry, stamp);
    directory.push(directoryHeader(entry, stamp, offset));
    segments.push({ kind: "bytes", bytes: header }, { kind: "file", path: entry.path, length: entry.deflatedBytes });
    offset += header.length + entry.deflatedBytes;
  }
  const directoryBytes = Buffer.concat(directory);
  const end = endRecords({ count: entries.length, offset, length: directoryBytes.length });
  segments.push({ kind: "bytes", bytes: Buffer.concat([directoryBytes, end]) });
  return segments;
}

type DosTime = { date: number; time: number };

function toDosTime(ms: number): DosTime {
  const at = new Date(Math.min(Math.max(ms, Date.UTC(1980, 0, 1)), Date.UTC(2107, 11, 31, 23, 59, 58)));
  return {
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
  };
}

function localHeader(entry: ZipEntry, stamp: DosTime): Uint8Array {
  // A local zip64 field must carry both sizes, whichever is the large one (APPNOTE 4.5.3).
  const isLarge = entry.bytes >= MAX_32 || entry.deflatedBytes >= MAX_32;
  const extra = isLarge ? zip64Extra([entry.bytes, entry.deflatedBytes]) : Buffer.alloc(0);
  const name = Buffer.from(entry.name, "utf8");
  const fixed = Buffer.alloc(30);
  fixed.writeUInt32LE(0x04034b50, 0);
  writeCommonFields(fixed, 4, { entry, stamp, isZip64: isLarge, capSizes: isLarge });
  fixed.writeUInt16LE(name.length, 26);
  fixed.writeUInt16LE(extra.length, 28);
  return Buffer.concat([fixed, name, extra]);
}

function directoryHeader(entry: ZipEntry, stamp: DosTime, offset: number): Uint8Array {
  const isLarge = entry.bytes >= MAX_32 || entry.deflatedBytes >= MAX_32;
  const isFar = offset >= MAX_32;
  const large = [...(isLarge ? [entry.bytes, entry.deflatedBytes] : []), ...(isFar ? [offset] : [])];
  const extra = large.length > 0 ? zip64Extra(large) : Buffer.alloc(0);
  const name = Buffer.from(entry.name, "utf8");
  const fixed = Buffer.alloc(46);
  fixed.writeUInt32LE(0x02014b50, 0);
  fixed.writeUInt16LE(MADE_BY_UNIX + VERSION_ZIP64, 4);
  writeCommonFields(fixed, 6, { entry, stamp, isZip64: large.length > 0, capSizes: isLarge });
  fixed.writeUInt16LE(name.length, 28);
  fixed.writeUInt16LE(extra.length, 30);
  fixed.writeUInt32LE(EXTERNAL_ATTRIBUTES, 38);
  fixed.writeUInt32LE(isFar ? MAX_32 : offset, 42);
  return Buffer.concat([fixed, name, extra]);
}

/** The 22 bytes that both kinds of header share, from "version needed" to the sizes. */
function writeCommonFields(
  header: Buffer,
  at: number,
  values: { entry: ZipEntry; stamp: DosTime; isZip64: boolean; capSizes: boolean },
): void {
  const { entry, stamp, isZip64, capSizes } = values;
  header.writeUInt16LE(isZip64 ? VERSION_ZIP64 : VERSION_DEFLATE, at);
  header.writeUInt16LE(FLAG_UTF8, at + 2);
  header.writeUInt16LE(METHOD_DEFLATE, at + 4);
  header.writeUInt16LE(stamp.time, at + 6);
  header.writeUInt16LE(stamp.date, at + 8);
  header.writeUInt32LE(entry.crc32, at + 10);
  header.writeUInt32LE(capSizes ? MAX_32 : entry.deflatedBytes, at + 14);
  header.writeUInt32LE(capSizes ? MAX_32 : entry.bytes, at + 18);
}

function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length);
  extra.writeUInt16LE(0x0001, 0);
  extra.writeUInt16LE(8 * values.length, 2);
  for (const [index, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  return extra;
}

function endRecords(directory: { count: number; offset: number; length: number }): Buffer {
  const { count, offset, length } = directory;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, MAX_16), 8);
  end.writeUInt16LE(Math.min(count, MAX_16), 10);
  end.writeUInt32LE(Math.min(length, MAX_32), 12);
  end.writeUInt32LE(Math.min(offset, MAX_32), 16);
  const isZip64 = count >= MAX_16 || length >= MAX_32 || offset >= MAX_32;
  return isZip64 ? Buffer.concat([zip64EndRecords(directory), end]) : end;
}

function zip64EndRecords(directory: { count: number; offset: number; length: number }): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(MADE_BY_UNIX + VERSION_ZIP64, 12);
  record.writeUInt16LE(VERSION_ZIP64, 14);
  record.writeBigUInt64LE(BigInt(directory.count), 24);
  record.writeBigUInt64LE(BigInt(directory.count), 32);
  record.writeBigUInt64LE(BigInt(directory.length), 40);
  record.writeBigUInt64LE(BigInt(directory.offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(directory.offset + directory.length), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator]);
}
