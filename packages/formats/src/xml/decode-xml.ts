import type { ByteSource } from "../records.ts";
import type { Utf8Check } from "../utf8-check.ts";
import { XmlError } from "./xml-error.ts";

/** How a document's bytes are to be read; `bomBytes` stand before the text. */
export type XmlEncoding = { label: string; bomBytes: number };

const HEAD_BYTES = 1024;
const SUPPORTED = new Set(["utf-8", "utf-16le", "utf-16be", "windows-1252"]);

/**
 * The encoding by byte order mark, else by the zero bytes of `<`, else by the XML declaration, else UTF-8
 * (XML 1.0, appendix F). `label` is a WHATWG name; ISO-8859-1 and US-ASCII read as windows-1252, as there.
 *
 * @throws XmlError `xml-encoding-unsupported`
 */
export function detectXmlEncoding(head: Uint8Array): XmlEncoding {
  const [a, b, c] = head;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { label: "utf-8", bomBytes: 3 };
  if (a === 0xff && b === 0xfe) return { label: "utf-16le", bomBytes: 2 };
  if (a === 0xfe && b === 0xff) return { label: "utf-16be", bomBytes: 2 };
  if (a === 0x3c && b === 0) return { label: "utf-16le", bomBytes: 0 };
  if (a === 0 && b === 0x3c) return { label: "utf-16be", bomBytes: 0 };
  const declared = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)/.exec(Buffer.from(head).toString("latin1"))?.[1];
  if (declared === undefined) return { label: "utf-8", bomBytes: 0 };
  const label = webLabel(declared);
  // A declaration readable as ASCII cannot be UTF-16: such files were re-encoded and kept their first line.
  if (label.startsWith("utf-16")) return { label: "utf-8", bomBytes: 0 };
  if (!SUPPORTED.has(label)) {
    throw new XmlError("xml-encoding-unsupported", `encoding ${declared.slice(0, 40)} is not supported: save as UTF-8`);
  }
  return { label, bomBytes: 0 };
}

/**
 * The document as UTF-8 without a byte order mark, chunk by chunk.
 *
 * @param check looks at what is read as UTF-8
 * @throws XmlError, and what `source` throws
 */
export async function* decodeXml(source: ByteSource, check?: Utf8Check): AsyncGenerator<Uint8Array> {
  let head: Buffer | null = Buffer.alloc(0);
  let decode: ((chunk: Uint8Array) => Uint8Array) | null = null;
  for await (const chunk of source) {
    if (head === null) {
      if (decode === null) check?.write(chunk);
      yield decode === null ? chunk : decode(chunk);
      continue;
    }
    head = head.length === 0 ? Buffer.from(chunk) : Buffer.concat([head, chunk]);
    if (head.length < HEAD_BYTES) continue;
    const encoding = detectXmlEncoding(head.subarray(0, HEAD_BYTES));
    decode = decoderFor(encoding.label);
    const rest: Buffer = head.subarray(encoding.bomBytes);
    if (decode === null) check?.write(head);
    head = null;
    yield decode === null ? rest : decode(rest);
  }
  if (head !== null) {
    const encoding = detectXmlEncoding(head);
    decode = decoderFor(encoding.label);
    const rest = head.subarray(encoding.bomBytes);
    if (decode === null) check?.write(head);
    yield decode === null ? rest : decode(rest);
  }
  check?.end();
}

function decoderFor(label: string): ((chunk: Uint8Array) => Uint8Array) | null {
  if (label === "utf-8") return null;
  const decoder = new TextDecoder(label);
  return (chunk) => Buffer.from(decoder.decode(chunk, { stream: true }), "utf8");
}

function webLabel(declared: string): string {
  try {
    return new TextDecoder(declared).encoding;
  } catch {
    return declared.toLowerCase();
  }
}
