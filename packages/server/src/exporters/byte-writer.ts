import { toCsvCell } from "./csv-cell.ts";

/** UTF-8 text within other bytes, from `start` to before `end`. */
export type Utf8Range = { bytes: Uint8Array; start: number; end: number };

/** From here on setting a typed array is faster than a loop. */
const SHORT_BYTES = 48;
/** From here on the engine's own way to write a text is faster than a loop. */
const LONG_TEXT = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
/** Of a control character in JSON, the letter after the backslash; 0: `\u00…`. */
const JSON_ESCAPES = new Uint8Array(0x20);
for (const character of "\b\t\n\f\r") JSON_ESCAPES[character.charCodeAt(0)] = JSON.stringify(character).charCodeAt(2);

/**
 * A growing piece of text in UTF-8 that is written over and over. What a report costs is copying bytes: texts that do not
 * change are made into bytes once and set, short ones are written byte by byte, and nothing becomes a long string.
 */
export class ByteWriter {
  #bytes: Buffer;
  /** Bytes written; set to 0 to begin again in the same memory. */
  length = 0;

  constructor(size = 64 * 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
  }

  /** What was written; valid until the next write. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  bytes(piece: Uint8Array): void {
    const out = this.#room(piece.length);
    if (piece.length > SHORT_BYTES) out.set(piece, this.length);
    else for (let index = 0; index < piece.length; index++) out[this.length + index] = piece[index]!;
    this.length += piece.length;
  }

  text(text: string): void {
    const out = this.#room(3 * text.length);
    const start = this.length;
    if (text.length > LONG_TEXT) {
      this.length += out.write(text, start);
      return;
    }
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) {
        this.length += out.write(text.slice(index), start + index);
        return;
      }
      out[start + index] = code;
      this.length += 1;
    }
  }

  /** A number as JSON and CSV have it, or `null`. */
  number(value: number | null): void {
    if (value === null || value < 0 || !Number.isSafeInteger(value)) {
      this.text(String(value));
      return;
    }
    const out = this.#room(16);
    // Integers of 32 bits divide much faster than others.
    if (value < 1e8) {
      this.length = writeDigits(out, this.length, value);
      return;
    }
    const high = Math.floor(value / 1e8);
    const low = value - high * 1e8;
    const middle = (low / 1e4) | 0;
    this.length = writeFour(out, writeDigits(out, this.length, high), middle);
    this.length = writeFour(out, this.length, low - middle * 1e4);
  }

  /** A JSON string, or `null`. */
  json(text: string | null): void {
    const out = this.#room(2 + 3 * (text?.length ?? 1));
    if (text === null) {
      this.text("null");
      return;
    }
    const start = this.length + 1;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code < 0x20 || code >= 0x80 || code === QUOTE || code === BACKSLASH) {
        this.text(JSON.stringify(text));
        return;
      }
      out[start + index] = code;
    }
    out[this.length] = QUOTE;
    out[start + text.length] = QUOTE;
    this.length += text.length + 2;
  }

  /** A JSON string of text that is UTF-8 already. */
  jsonOf({ bytes, start, end }: Utf8Range): void {
    const out = this.#room(2 + 6 * (end - start));
    let at = this.length;
    out[at++] = QUOTE;
    for (let index = start; index < end; index++) {
      const byte = bytes[index]!;
      // Comparisons: a table costs twice as much.
      if ((byte > QUOTE && byte !== BACKSLASH) || byte === 0x20 || byte === 0x21) {
        out[at++] = byte;
        continue;
      }
      out[at++] = BACKSLASH;
      const letter = byte < 0x20 ? JSON_ESCAPES[byte]! : byte;
      if (letter !== 0) out[at++] = letter;
      else at += out.write(`u00${byte.toString(16).padStart(2, "0")}`, at, "latin1");
    }
    out[at++] = QUOTE;
    this.length = at;
  }

  /** A CSV cell, see {@link toCsvCell}. */
  cell(value: string | number | boolean | null): void {
    if (typeof value === "number") this.number(value);
    else this.text(typeof value === "string" && isPlain(value) ? value : toCsvCell(value));
  }

  /** Makes a quoted CSV cell of what was written since `start`, which begins with no character that starts a formula. */
  quoteCell(start: number): void {
    let quotes = 2;
    for (let at = start; at < this.length; at++) if (this.#bytes[at] === QUOTE) quotes += 1;
    const out = this.#room(quotes);
    let to = this.length + quotes;
    out[--to] = QUOTE;
    for (let at = this.length - 1; at >= start; at--) {
      const byte = out[at]!;
      out[--to] = byte;
      if (byte === QUOTE) out[--to] = QUOTE;
    }
    out[start] = QUOTE;
    this.length += quotes;
  }

  #room(length: number): Buffer {
    if (this.length + length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.length + length));
      grown.set(this.written);
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}

/** The digits of 0 to 9999, four each. */
const FOURS = Buffer.from(Array.from({ length: 10_000 }, (_, number) => String(number).padStart(4, "0")).join(""));

/** A number below 10^8, or, where it is the beginning of a larger one, below 10^9. */
function writeDigits(out: Buffer, at: number, value: number): number {
  if (value >= 1e4) {
    const high = (value / 1e4) | 0;
    return writeFour(out, writeDigits(out, at, high), value - high * 1e4);
  }
  let from = 4 * value + (value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3);
  const end = 4 * value + 4;
  while (from < end) out[at++] = FOURS[from++]!;
  return at;
}

function writeFour(out: Buffer, at: number, value: number): number {
  const from = 4 * value;
  out[at] = FOURS[from]!;
  out[at + 1] = FOURS[from + 1]!;
  out[at + 2] = FOURS[from + 2]!;
  out[at + 3] = FOURS[from + 3]!;
  return at + 4;
}

/** Needs neither quotes nor an apostrophe before it, as can be told at a glance. */
function isPlain(text: string): boolean {
  const first = text.charCodeAt(0);
  // Letters and digits of ASCII only: what could start a formula is looked at closely.
  if (!((first >= 0x30 && first <= 0x39) || (first >= 0x41 && first <= 0x5a) || (first >= 0x61 && first <= 0x7a))) {
    return false;
  }
  for (let index = 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === QUOTE || code === COMMA) return false;
  }
  return true;
}
