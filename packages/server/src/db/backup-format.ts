import { createHash } from "node:crypto";
import { DatabaseSetupError } from "./setup-error.ts";

/**
 * The backup file: one zstd stream of the magic line and of frames, each a type byte, a length of four bytes (big
 * endian) and the payload. In order: `H` header (JSON), then per table `T` (JSON: its index in the header), `D` rows in
 * PostgreSQL's text COPY format (as many as needed, cut anywhere), `E` (JSON: row count), and last `Z`, the SHA-256 of
 * all bytes before it. Text rows are what PostgreSQL promises to read across major versions.
 */
export type Frame = { type: "H" | "T" | "D" | "E" | "Z"; payload: Buffer };

export type BackupTable = { name: string; columns: string[] };

export type BackupHeader = {
  formatVersion: 1;
  /** When the snapshot was taken, ISO 8601, by the database's clock. */
  createdAt: string;
  postgresVersion: string;
  /** Number of the newest migration. */
  level: number;
  migrations: { number: number; name: string; checksum: string }[];
  /** Tables in the order of their frames; names quoted for SQL, with their schema. */
  tables: BackupTable[];
  /** The next value that each sequence would give, in text, since it may exceed 2^53. */
  sequences: { name: string; nextValue: string }[];
};

const magic = Buffer.from("BREAKWATER BACKUP 1\n");
const maxFrameBytes = 1 << 20;
const maxHeaderBytes = 16 << 20;
const prefixBytes = 5;

/** Encodes frames; appends the closing `Z`. */
export async function* encodeFrames(frames: AsyncIterable<Frame>): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  hash.update(magic);
  yield magic;
  for await (const { type, payload } of frames) {
    const step = type === "D" ? maxFrameBytes : Math.max(payload.length, 1);
    for (let at = 0; at === 0 || at < payload.length; at += step) {
      const bytes = encode(type, payload.subarray(at, at + step));
      hash.update(bytes);
      yield bytes;
    }
  }
  yield encode("Z", hash.digest());
}

function encode(type: Frame["type"], payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(prefixBytes + payload.length);
  bytes.write(type, 0, "latin1");
  bytes.writeUInt32BE(payload.length, 1);
  payload.copy(bytes, prefixBytes);
  return bytes;
}

/** Decodes what `encodeFrames` made; ends after a `Z` that fits. Throws DatabaseSetupError for anything else. */
export async function* decodeFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  const hash = createHash("sha256");
  let rest: Buffer = Buffer.alloc(0);
  let isBegun = false;
  let isClosed = false;
  for await (const chunk of source) {
    if (isClosed) throw invalid("bytes follow its end");
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!isBegun) {
      if (rest.length < magic.length) continue;
      if (!rest.subarray(0, magic.length).equals(magic)) throw invalid("it does not begin as a Breakwater backup does");
      hash.update(magic);
      rest = rest.subarray(magic.length);
      isBegun = true;
    }
    for (let frame = takeFrame(rest); frame; frame = takeFrame(rest)) {
      const bytes = rest.subarray(0, prefixBytes + frame.payload.length);
      rest = rest.subarray(bytes.length);
      if (frame.type === "Z") {
        if (!hash.digest().equals(frame.payload)) throw invalid("its checksum does not fit");
        if (rest.length > 0) throw invalid("bytes follow its end");
        isClosed = true;
        break;
      }
      hash.update(bytes);
      yield frame;
    }
  }
  if (!isClosed) throw invalid("it ends too early");
}

function takeFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < prefixBytes) return undefined;
  const type = bytes.toString("latin1", 0, 1);
  const length = bytes.readUInt32BE(1);
  if (!isFrameType(type)) throw damaged(`a frame of the unknown type ${JSON.stringify(type)}`);
  if (length > (type === "H" ? maxHeaderBytes : maxFrameBytes)) throw damaged(`a frame of ${length} bytes`);
  if (bytes.length < prefixBytes + length) return undefined;
  return { type, payload: bytes.subarray(prefixBytes, prefixBytes + length) };
}

function isFrameType(type: string): type is Frame["type"] {
  return type.length === 1 && "HTDEZ".includes(type);
}

export function invalid(reason: string, cause?: unknown): DatabaseSetupError {
  return new DatabaseSetupError("backup_invalid", `The backup cannot be restored: ${reason}.`, { cause });
}

export function damaged(detail: string, cause?: unknown): DatabaseSetupError {
  return invalid(`it is cut or damaged (${detail})`, cause);
}

/** Reads the header frame. */
export function parseHeader(frame: Frame | undefined): BackupHeader {
  if (frame?.type !== "H") throw invalid("it has no header");
  const header = parseJson(frame) as BackupHeader;
  if (header.formatVersion !== 1)
    throw invalid(`it has format ${header.formatVersion}, and this release reads format 1`);
  if (!Array.isArray(header.tables) || !Array.isArray(header.migrations) || !Array.isArray(header.sequences))
    throw invalid("its header is incomplete");
  return header;
}

export function parseJson(frame: Frame): unknown {
  try {
    return JSON.parse(frame.payload.toString("utf8"));
  } catch (cause) {
    throw invalid(`its ${frame.type} frame is not JSON`, cause);
  }
}

export function jsonFrame(type: Frame["type"], value: unknown): Frame {
  return { type, payload: Buffer.from(JSON.stringify(value)) };
}
