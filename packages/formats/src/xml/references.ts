import { AMPERSAND, HASH, SEMICOLON } from "./bytes.ts";
import { XmlError } from "./xml-error.ts";

const MAX_REFERENCE_BYTES = 32;
const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

/**
 * Checks the reference that starts with the `&` at `at` and answers where it ends, or -1 when the buffer ends first.
 * Only the five predefined entities and character references are known: anything else would need a DTD.
 *
 * @throws XmlError `entity-refused` or `xml-malformed`
 */
export function referenceEnd(buffer: Buffer, at: number): number {
  const limit = Math.min(buffer.length, at + MAX_REFERENCE_BYTES);
  let end = at + 1;
  while (end < limit && isReferenceByte(buffer[end]!)) end++;
  if (end === buffer.length) return -1;
  if (buffer[end] !== SEMICOLON) {
    if (end === limit) throw new XmlError("xml-malformed", `a reference is longer than ${MAX_REFERENCE_BYTES} bytes`);
    throw new XmlError("xml-malformed", "an ampersand starts no reference; write it as &amp;");
  }
  if (resolve(buffer.toString("latin1", at + 1, end)) === null) {
    const name = buffer.toString("latin1", at, end + 1);
    if (buffer[at + 1] === HASH) throw new XmlError("xml-malformed", `${name} is no character that XML allows`);
    throw new XmlError("entity-refused", `entity ${name} is refused: only the five predefined ones are known`);
  }
  return end + 1;
}

/** Replaces references that {@link referenceEnd} has already accepted. */
export function decodeReferences(text: string): string {
  let at = text.indexOf("&");
  if (at === -1) return text;
  const parts: string[] = [];
  let copied = 0;
  while (at !== -1) {
    const end = text.indexOf(";", at);
    parts.push(text.slice(copied, at), resolve(text.slice(at + 1, end)) ?? "");
    copied = end + 1;
    at = text.indexOf("&", copied);
  }
  parts.push(text.slice(copied));
  return parts.join("");
}

function resolve(name: string): string | null {
  if (name.charCodeAt(0) !== HASH) return PREDEFINED.get(name) ?? null;
  const isHex = name.charCodeAt(1) === 0x78;
  const digits = name.slice(isHex ? 2 : 1);
  if (!(isHex ? /^[0-9a-fA-F]+$/ : /^[0-9]+$/).test(digits)) return null;
  const code = Number.parseInt(digits, isHex ? 16 : 10);
  return isCharacter(code) ? String.fromCodePoint(code) : null;
}

/** XML 1.0 production 2 (Char). */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

function isReferenceByte(byte: number): boolean {
  return byte !== SEMICOLON && byte !== AMPERSAND && byte > 0x20 && byte !== 0x3c && byte !== 0x22 && byte !== 0x27;
}
