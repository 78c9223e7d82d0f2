import { isUtf8 } from "node:buffer";
import type { Issue } from "./records.ts";

/** Looks for bytes of a file that are no UTF-8: readers replace them, and whoever imports the file wants to know. */
export class Utf8Check {
  /** Bytes that belong to no character. */
  count = 0;
  /** Where the first of them stands, from 0; -1 while there is none. */
  firstAt = -1;
  #position = 0;
  #held = Buffer.alloc(0);

  /** Looks on. The chunk may be reused by its owner. */
  write(chunk: Uint8Array): void {
    const bytes = this.#held.length === 0 ? toBuffer(chunk) : Buffer.concat([this.#held, chunk]);
    const end = wholeEnd(bytes);
    this.#look(bytes.subarray(0, end));
    this.#held = Buffer.from(bytes.subarray(end));
  }

  /** No more bytes come. */
  end(): void {
    this.#look(this.#held);
    this.#held = Buffer.alloc(0);
  }

  /** What to tell of it, once the last byte was looked at; null where all is well. @param instead what was read for them */
  toIssue(instead: string): Issue | null {
    if (this.count === 0) return null;
    const bytes = this.count === 1 ? "1 byte is" : `${this.count} bytes are`;
    const message = `${bytes} no UTF-8, from here on, and read as ${instead}: names with them may differ from other files'`;
    return { level: "warning", code: "encoding-invalid", where: `byte ${this.firstAt}`, message };
  }

  #look(bytes: Buffer): void {
    if (!isUtf8(bytes)) {
      for (const at of invalidBytes(bytes)) {
        if (this.firstAt === -1) this.firstAt = this.#position + at;
        this.count++;
      }
    }
    this.#position += bytes.length;
  }
}

/** Where the bytes stand that belong to no UTF-8 character. */
export function* invalidBytes(bytes: Buffer): Generator<number> {
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) yield at;
    at += Math.max(length, 1);
  }
}

/** Where the last character that may not be whole begins; the length when it is whole. */
export function wholeEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return expectedLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Length of the UTF-8 character at `at`; 0 when there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const length = expectedLength(bytes[at] as number);
  if (length === 1) return 1;
  return length > 0 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

function expectedLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
