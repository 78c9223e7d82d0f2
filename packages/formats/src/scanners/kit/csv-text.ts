import { isUtf8 } from "node:buffer";
import { decodeJson } from "../../json/index.ts";
import type { ByteSource } from "../../records.ts";

/**
 * The text of a CSV file, chunk by chunk. UTF-8 and UTF-16 are told as for JSON. Bytes that are no UTF-8 are read as
 * windows-1252, one by one: spreadsheets write it, nothing in the file says so, and where exports were put together both
 * stand in one file. What is valid UTF-8 is never taken for anything else, so the result does not depend on the chunks.
 */
export async function* decodeCsv(source: ByteSource): AsyncGenerator<string> {
  let held = Buffer.alloc(0);
  for await (const chunk of decodeJson(source)) {
    const bytes = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    const end = wholeEnd(bytes);
    yield toCsvText(bytes.subarray(0, end));
    held = bytes.subarray(end);
  }
  if (held.length > 0) yield toCsvText(held);
}

/** Text of bytes that end with a whole character. */
export function toCsvText(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString("utf8") : toMixedText(bytes);
}

// `stream` although nothing follows: without it some versions of Node read 0x80 to 0x9f as control characters.
const HIGH = Array.from({ length: 128 }, (_, index) =>
  new TextDecoder("windows-1252").decode(Uint8Array.of(index + 128), { stream: true }),
);

function toMixedText(bytes: Buffer): string {
  const pieces: string[] = [];
  let from = 0;
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    pieces.push(bytes.toString("utf8", from, at), HIGH[(bytes[at] as number) - 128] as string);
    at++;
    from = at;
  }
  pieces.push(bytes.toString("utf8", from));
  return pieces.join("");
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

/** Where the last character that may not be whole begins; the length when it is whole. */
function wholeEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return expectedLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
