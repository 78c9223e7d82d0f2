import { crc32 } from "node:zlib";
import type { Budget } from "./budget.ts";
import type { ByteReader } from "./byte-reader.ts";
import { inflateRaw } from "./inflate.ts";
import { fatal, IntakeError } from "./intake-error.ts";

/**
 * One file of an archive. Read its `bytes` to the end before asking for the next entry; what is left unread is passed
 * over.
 */
export type ZipEntry = { name: string; bytes: AsyncGenerator<Uint8Array> };

const LOCAL_HEADER = 0x04034b50;
const DATA_DESCRIPTOR = 0x08074b50;
/** Archive extra data, central directory, its end in ZIP64, its end: what may follow the last entry. */
const AFTER_ENTRIES = new Set([0x08064b50, 0x02014b50, 0x06064b50, 0x06054b50]);
const LOCAL_HEADER_BYTES = 30;
const FLAG_ENCRYPTED = 0x0001;
const FLAG_DESCRIPTOR = 0x0008;
const FLAG_UTF8 = 0x0800;
const STORED = 0;
const DEFLATED = 8;
const ZIP64_FIELD = 0x0001;
const ZIP64_MARK = 0xffffffff;
const CHUNK_BYTES = 65_536;

type Header = {
  name: string;
  method: number;
  hasDescriptor: boolean;
  isZip64: boolean;
  crc: number;
  compressedBytes: number;
};

/** What desktops put into every archive beside what somebody meant to send. */
const DESKTOP_FILE = /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/;

/**
 * Walks an archive by its local headers, front to back, because an upload is a stream and the central directory stands
 * at the end. Limits that follow: entries deleted from the directory only are read; a stored entry whose size is told
 * behind it (bit 3 with method 0) cannot be delimited and is refused; self-extracting and split archives are refused
 * because they do not begin with a local header. Methods other than stored and deflate, and encryption, are refused.
 *
 * @throws IntakeError
 */
export async function* readZip(reader: ByteReader, budget: Budget): AsyncGenerator<ZipEntry> {
  const { maxMembers } = budget.limits;
  for (let members = 0; ; members++) {
    const mark = await reader.peek(4);
    const signature = mark.length === 4 ? mark.readUInt32LE() : LOCAL_HEADER;
    if (AFTER_ENTRIES.has(signature)) return;
    if (signature !== LOCAL_HEADER) throw fatal("zip-corrupt", where(reader), "no entry stands where one must begin");
    if (members === maxMembers) {
      throw fatal(
        "archive-too-many-members",
        where(reader),
        `the archive has more than maxMembers, ${maxMembers}, files`,
      );
    }
    const header = await readHeader(reader);
    const bytes = readMember(reader, header, budget);
    if (!header.name.endsWith("/") && !DESKTOP_FILE.test(header.name)) yield { name: header.name, bytes };
    await drain(bytes);
  }
}

async function readHeader(reader: ByteReader): Promise<Header> {
  const fixed = await reader.take(LOCAL_HEADER_BYTES);
  if (fixed.length < LOCAL_HEADER_BYTES) throw truncated(reader);
  const flags = fixed.readUInt16LE(6);
  const nameBytes = fixed.readUInt16LE(26);
  const extraBytes = fixed.readUInt16LE(28);
  const variable = await reader.take(nameBytes + extraBytes);
  if (variable.length < nameBytes + extraBytes) throw truncated(reader);
  const name = variable.toString((flags & FLAG_UTF8) === 0 ? "latin1" : "utf8", 0, nameBytes);
  const method = fixed.readUInt16LE(8);
  const hasDescriptor = (flags & FLAG_DESCRIPTOR) !== 0;
  const zip64 = zip64Sizes(variable.subarray(nameBytes));
  const size = fixed.readUInt32LE(18);
  const header = {
    name,
    method,
    hasDescriptor,
    isZip64: zip64 !== null,
    crc: fixed.readUInt32LE(14),
    compressedBytes: size === ZIP64_MARK && zip64 !== null ? zip64 : size,
  };
  refuseUnreadable(reader, header, (flags & FLAG_ENCRYPTED) !== 0);
  return header;
}

function refuseUnreadable(reader: ByteReader, header: Header, isEncrypted: boolean): void {
  const file = JSON.stringify(header.name.slice(0, 200));
  if (isEncrypted) throw fatal("zip-encrypted", where(reader), `${file} is encrypted; pack it without a password`);
  if (header.method !== STORED && header.method !== DEFLATED) {
    throw fatal("zip-method", where(reader), `${file} is packed with method ${header.method}; use deflate or none`);
  }
  if (header.method === STORED && header.hasDescriptor && !header.name.endsWith("/")) {
    throw fatal("zip-stored-unsized", where(reader), `${file} is stored without its size; pack it with deflate`);
  }
}

/** The compressed size in the ZIP64 extra field, or null where there is none. */
function zip64Sizes(extra: Buffer): number | null {
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === ZIP64_FIELD) {
      return length >= 16 && at + 20 <= extra.length ? Number(extra.readBigUInt64LE(at + 12)) : 0;
    }
    at += 4 + length;
  }
  return null;
}

async function* readMember(reader: ByteReader, header: Header, budget: Budget): AsyncGenerator<Uint8Array> {
  let crc = 0;
  const isStored = header.method === STORED;
  const content = isStored ? readStored(reader, header.compressedBytes, budget) : inflateRaw(reader, budget);
  for await (const bytes of content) {
    crc = crc32(bytes, crc);
    yield bytes;
  }
  const hasDescriptor = header.hasDescriptor && !isStored;
  const expected = hasDescriptor ? await readDescriptor(reader, header.isZip64) : header.crc;
  if (crc !== expected) {
    const message = `the checksum of ${JSON.stringify(header.name.slice(0, 200))} does not match; the file is damaged`;
    throw new IntakeError({ level: "refused", code: "zip-checksum", where: where(reader), message });
  }
}

async function* readStored(reader: ByteReader, bytes: number, budget: Budget): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; ) {
    const chunk = await reader.next(Math.min(left, CHUNK_BYTES));
    if (chunk === null) throw truncated(reader);
    left -= chunk.length;
    budget.spend(chunk.length, bytes - left, bytes - left);
    yield chunk;
  }
}

/** CRC behind the data; its signature is optional, and its sizes have 8 bytes in ZIP64 entries. */
async function readDescriptor(reader: ByteReader, isZip64: boolean): Promise<number> {
  const sizesBytes = isZip64 ? 16 : 8;
  const head = await reader.take(4 + sizesBytes);
  if (head.length < 4 + sizesBytes) throw truncated(reader);
  if (head.readUInt32LE() !== DATA_DESCRIPTOR) return head.readUInt32LE();
  await reader.take(4);
  return head.readUInt32LE(4);
}

async function drain(bytes: AsyncGenerator<Uint8Array>): Promise<void> {
  try {
    while ((await bytes.next()).done !== true);
  } catch (error) {
    // Damage that ends with the entry does not matter in an entry that nobody read.
    if (!(error instanceof IntakeError) || error.issue.fatal === true) throw error;
  }
}

function where(reader: ByteReader): string {
  return `byte ${reader.position}`;
}

function truncated(reader: ByteReader): IntakeError {
  return fatal("zip-truncated", where(reader), "the archive ends too early; what stands before was imported");
}
