/** The bytes that XML's grammar names, and classes of bytes for the scanning loops. */
export const TAB = 0x09;
export const NEWLINE = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const BANG = 0x21;
export const QUOTE = 0x22;
export const HASH = 0x23;
export const AMPERSAND = 0x26;
export const APOSTROPHE = 0x27;
export const DASH = 0x2d;
export const SLASH = 0x2f;
export const SEMICOLON = 0x3b;
export const LESS_THAN = 0x3c;
export const EQUALS = 0x3d;
export const GREATER_THAN = 0x3e;
export const QUESTION = 0x3f;
export const BRACKET_OPEN = 0x5b;
export const BRACKET_CLOSE = 0x5d;

export function isSpace(byte: number): boolean {
  return byte === SPACE || byte === NEWLINE || byte === TAB || byte === CARRIAGE_RETURN;
}

/** Control characters that XML 1.0 (production 2, Char) does not allow in any form. */
export function isForbidden(byte: number): boolean {
  return byte < SPACE && !isSpace(byte);
}

function table(matches: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (matches(byte) ? 1 : 0));
}

const isLetter = (byte: number) => (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;

/**
 * Bytes that may start a name. Every byte of a non-ASCII character counts: which letters of other scripts may stand
 * in a name is not checked.
 */
export const NAME_START = table((byte) => isLetter(byte) || byte === 0x5f || byte === 0x3a || byte >= 0x80);
export const NAME_PART = table((byte) => NAME_START[byte] === 1 || isDigit(byte) || byte === DASH || byte === 0x2e);

/** 1 where character data needs a closer look; everything else is passed over at one table look-up per byte. */
export const TEXT_STOP = table(
  (byte) =>
    byte === LESS_THAN ||
    byte === AMPERSAND ||
    byte === BRACKET_CLOSE ||
    byte === NEWLINE ||
    byte === CARRIAGE_RETURN ||
    isForbidden(byte),
);

/** The end of the name that starts at `from`, or `from` when none does. */
export function nameEnd(buffer: Uint8Array, from: number): number {
  if (from >= buffer.length || NAME_START[buffer[from]!] === 0) return from;
  let at = from + 1;
  while (at < buffer.length && NAME_PART[buffer[at]!] === 1) at++;
  return at;
}

/**
 * Where to cut `buffer` so that no UTF-8 character is cut in two: `buffer.length`, or up to three bytes earlier when
 * the last character is not whole. Bytes that are no UTF-8 at all are not held back.
 */
export function wholeCharactersEnd(buffer: Uint8Array, start: number): number {
  const end = buffer.length;
  for (let at = end - 1; at >= start && at >= end - 3; at--) {
    const byte = buffer[at]!;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return at + length > end ? at : end;
    }
  }
  return end;
}
