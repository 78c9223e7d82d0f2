import { isUtf8 } from "node:buffer";
import { decodeJson } from "../../json/index.ts";
import type { ByteSource } from "../../records.ts";
import { invalidBytes, type Utf8Check, wholeEnd } from "../../utf8-check.ts";

/**
 * The text of a CSV file, chunk by chunk. UTF-8 and UTF-16 are told as for JSON. Bytes that are no UTF-8 are read as
 * windows-1252, one by one: spreadsheets write it, nothing in the file says so, and where exports were put together both
 * stand in one file. What is valid UTF-8 is never taken for anything else, so the result does not depend on the chunks.
 *
 * @param check looks at what is read as UTF-8
 */
export async function* decodeCsv(source: ByteSource, check?: Utf8Check): AsyncGenerator<string> {
  let held = Buffer.alloc(0);
  for await (const chunk of decodeJson(source, check)) {
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
  for (const at of invalidBytes(bytes)) {
    pieces.push(bytes.toString("utf8", from, at), HIGH[(bytes[at] as number) - 128] as string);
    from = at + 1;
  }
  pieces.push(bytes.toString("utf8", from));
  return pieces.join("");
}
