import { detectXmlEncoding, XmlError, XmlReader } from "../xml/index.ts";

/** The start of a file, as far as recognising it needs. */
export type FileHead = {
  bytes: Uint8Array;
  /** The first 32 bytes, lower-case hexadecimal. */
  hex: string;
  /** Name of the XML root element; null when the file does not begin as XML, or the root does not come soon enough. */
  xmlRoot: string | null;
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
  return { bytes, hex, xmlRoot: xmlRoot(bytes) };
}

/** What the file seems to be, for the message that refuses it. */
export function describeHead(head: FileHead): string {
  if (head.xmlRoot !== null) return `XML with root element ${head.xmlRoot.slice(0, 80)}`;
  const known = KNOWN_MAGICS.find(([hex]) => head.hex.startsWith(hex));
  if (known !== undefined) return known[1];
  const text = Buffer.from(head.bytes.subarray(0, 64)).toString("latin1").trimStart();
  const isText = text !== "" && /^[\t\n\r\x20-\x7e]*$/.test(text);
  if (isText && /^[[{]/.test(text)) return "JSON";
  if (isText) return `text beginning with ${JSON.stringify(text.slice(0, 32))}`;
  return `binary data beginning with ${head.hex.slice(0, 16)}`;
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
