import { endsEarly } from "../json/index.ts";
import { type CsvHeaderTest, findCsvHeader } from "../scanners/kit/csv-head.ts";
import { toCsvText } from "../scanners/kit/csv-text.ts";
import { detectXmlEncoding, XmlError, XmlReader } from "../xml/index.ts";
import { toJsonHead } from "./json-head.ts";

/** The start of a file, as far as recognising it needs. */
export type FileHead = {
  bytes: Uint8Array;
  /** The first 32 bytes, lower-case hexadecimal. */
  hex: string;
  /** Name of the XML root element; null when the file does not begin as XML, or the root does not come soon enough. */
  xmlRoot: string | null;
  /** What a JSON file begins with; null when it is none. */
  json: JsonHead | null;
  /** Whether it is text, and one of its first lines names the columns that the test knows (trimmed, lower case). */
  hasCsvHeader(isHeader: CsvHeaderTest): boolean;
};

/** Where a JSON file has something, as far as its beginning tells: paths with `*` for elements, at most four steps. */
export type JsonHead = {
  has(path: string): boolean;
  /** The first text, number or boolean there. */
  value(path: string): string | number | boolean | undefined;
  /** How many paths it has. */
  size: number;
};

export const HEAD_BYTES = 65_536;

/** Files that people upload by mistake, by their first bytes: a refusal that names them saves a support case. */
const KNOWN_MAGICS: readonly (readonly [hex: string, name: string])[] = [
  ["425a68", "a bzip2 file"],
  ["fd377a585a00", "an xz file"],
  ["377abcaf271c", "a 7-Zip archive"],
  ["526172211a07", "a RAR archive"],
  ["28b52ffd", "a zstd file"],
  ["25504446", "a PDF document"],
  ["d0cf11e0a1b11ae1", "an old Microsoft Office document"],
  ["89504e47", "a PNG image"],
  ["7f454c46", "an ELF program"],
  ["4d5a", "a Windows program"],
];

export function toFileHead(bytes: Uint8Array): FileHead {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 32)).toString("hex");
  const root = xmlRoot(bytes);
  const json = root === null ? toJsonHead(decodeHead(bytes)) : null;
  const text = root === null && json === null ? decodeHead(bytes) : "";
  const isText = text !== "" && !text.includes("\0");
  const isWhole = bytes.length < HEAD_BYTES;
  return {
    bytes,
    hex,
    xmlRoot: root,
    json,
    hasCsvHeader: (isHeader) => isText && findCsvHeader(text, isHeader, { isWhole }) !== null,
  };
}

function decodeHead(bytes: Uint8Array): string {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return new TextDecoder("utf-16le").decode(bytes, { stream: true });
  if (a === 0xfe && b === 0xff) return new TextDecoder("utf-16be").decode(bytes, { stream: true });
  return toCsvText(Buffer.from(bytes)).replace(/^\uFEFF/, "");
}

/** Whether the file is short and holds white space only, a byte order mark aside. */
export function isBlank({ bytes }: FileHead): boolean {
  return bytes.length < HEAD_BYTES && decodeHead(bytes).trim() === "";
}

/** What the file seems to be, for the message that refuses it. */
export function describeHead(head: FileHead): string {
  if (head.xmlRoot !== null) return `XML with root element ${head.xmlRoot.slice(0, 80)}`;
  const known = KNOWN_MAGICS.find(([hex]) => head.hex.startsWith(hex));
  if (known !== undefined) return known[1];
  const text = Buffer.from(head.bytes).toString("latin1").trimStart().slice(0, 64);
  const isText = text !== "" && /^[\t\n\r\x20-\x7e]*$/.test(text);
  if (isText && /^[[{]/.test(text)) return isCutJson(head.bytes) ? "JSON that ends early" : "JSON";
  if (isText) return `text beginning with ${JSON.stringify(text.slice(0, 32))}`;
  return `binary data beginning with ${head.hex.slice(0, 16)}`;
}

/** Whether a file that is no longer than a head is the beginning of a JSON document. */
function isCutJson(bytes: Uint8Array): boolean {
  if (bytes.length >= HEAD_BYTES) return false;
  const text = decodeHead(bytes);
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return endsEarly(text, error);
  }
}

/** Found with the reader itself, so that comments, declarations and encodings are passed as it passes them. */
function xmlRoot(bytes: Uint8Array): string | null {
  let root: string | null = null;
  const handler = {
    open: (name: string) => {
      root ??= name;
      return false;
    },
    text: () => undefined,
    close: () => undefined,
  };
  try {
    const { label, bomBytes } = detectXmlEncoding(bytes);
    const text = bytes.subarray(bomBytes);
    const utf8 = label === "utf-8" ? text : Buffer.from(new TextDecoder(label).decode(text, { stream: true }));
    new XmlReader(handler).write(utf8);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    if (error.code === "doctype-refused") return rootBehindDoctype(bytes);
  }
  return root;
}

/** The DOCTYPE names the root. The file goes to its parser, which refuses the DOCTYPE in its own words. */
function rootBehindDoctype(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes).toString("latin1").replaceAll("\0", "");
  return /<!DOCTYPE\s+([^\s[>]+)/.exec(text)?.[1] ?? null;
}
