import type { ByteSource } from "../records.ts";
import type { Utf8Check } from "../utf8-check.ts";

/**
 * The file as UTF-8 without a byte order mark, chunk by chunk; UTF-16 is told by its mark or its zero bytes.
 *
 * @param check looks at what is read as UTF-8
 */
export async function* decodeJson(source: ByteSource, check?: Utf8Check): AsyncGenerator<Uint8Array> {
  let decode: ((bytes: Uint8Array) => Uint8Array) | null = null;
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of source) {
    let bytes: Uint8Array = chunk;
    if (head !== null) {
      head = Buffer.concat([head, chunk]);
      if (head.length < 4) continue;
      const start = skipMark(head);
      decode = decoderFor(start.label);
      if (decode === null) check?.write(head.subarray(0, start.bomBytes));
      bytes = head.subarray(start.bomBytes);
      head = null;
    }
    if (decode === null) check?.write(bytes);
    yield decode === null ? bytes : decode(bytes);
  }
  if (head !== null) {
    check?.write(head);
    yield head.subarray(skipMark(head).bomBytes);
  }
  check?.end();
}

function decoderFor(label: string): ((bytes: Uint8Array) => Uint8Array) | null {
  if (label === "utf-8") return null;
  const decoder = new TextDecoder(label);
  return (bytes) => Buffer.from(decoder.decode(bytes, { stream: true }), "utf8");
}

function skipMark(head: Uint8Array): { label: string; bomBytes: number } {
  const [a, b, c] = head;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { label: "utf-8", bomBytes: 3 };
  if (a === 0xff && b === 0xfe) return { label: "utf-16le", bomBytes: 2 };
  if (a === 0xfe && b === 0xff) return { label: "utf-16be", bomBytes: 2 };
  if (b === 0 && a !== 0) return { label: "utf-16le", bomBytes: 0 };
  if (a === 0 && b !== 0) return { label: "utf-16be", bomBytes: 0 };
  return { label: "utf-8", bomBytes: 0 };
}
