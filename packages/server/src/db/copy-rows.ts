/** PostgreSQL counts microseconds from 2000-01-01. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const FIRST_BYTES = 65_536;
/** Longer texts are written by the engine, of whose calls each costs as much as a loop over so many characters. */
const MAX_LOOPED_CHARS = 64;
const TWO_32 = 2 ** 32;
/** Object ids of types. */
const TEXT = 25;
const UUID = 2950;
/** Where the two digits of each byte stand in the text of a UUID, and what a digit is worth. */
const UUID_DIGITS = Uint8Array.of(0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34);
const HEX = Uint8Array.from({ length: 128 }, (_, code) => Number.parseInt(String.fromCharCode(code), 16) || 0);

/**
 * Rows in PostgreSQL's binary format of COPY, one behind the other in memory that grows. Begin each with {@link start},
 * then write its columns in order; each is preceded by four bytes that tell its length.
 *
 * Format: PostgreSQL manual, "COPY", Binary Format; of the types what their `…recv` functions read.
 */
export class CopyRows {
  #bytes: Buffer<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #length = 0;
  #time = { ms: 0, ...toMicroseconds(0) };

  constructor(size = FIRST_BYTES) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Of what is written. */
  get byteLength(): number {
    return this.#length;
  }

  /** What is written from `start` on, in the memory that it stands in. */
  written(start = 0): Buffer<ArrayBuffer> {
    return this.#bytes.subarray(start, this.#length);
  }

  /** Forgets what is written, and keeps the memory for what comes next. */
  clear(): void {
    this.#length = 0;
  }

  start(columns: number): void {
    this.#reserve(2);
    this.#view.setInt16(this.#length, columns);
    this.#length += 2;
  }

  bool(value: boolean): void {
    const at = this.#begin(1, 1);
    this.#bytes[at] = value ? 1 : 0;
  }

  int2(value: number): void {
    const at = this.#begin(2, 2);
    this.#view.setInt16(at, value);
  }

  int4(value: number | null): void {
    const at = value === null ? this.#begin(-1, 0) : this.#begin(4, 4);
    if (value !== null) this.#view.setInt32(at, value);
  }

  /** @param value a safe integer */
  int8(value: number): void {
    this.#setInt8(this.#begin(8, 8), value);
  }

  /** A real. */
  float4(value: number | null): void {
    const at = value === null ? this.#begin(-1, 0) : this.#begin(4, 4);
    if (value !== null) this.#view.setFloat32(at, value);
  }

  /** A timestamptz. @param ms epoch ms */
  time(ms: number | null): void {
    if (ms === null) {
      this.#begin(-1, 0);
      return;
    }
    // Rows that follow each other share their times.
    if (ms !== this.#time.ms) this.#time = { ms, ...toMicroseconds(ms) };
    const at = this.#begin(8, 8);
    this.#view.setInt32(at, this.#time.high);
    this.#view.setUint32(at + 4, this.#time.low);
  }

  /** @param text as PostgreSQL writes it: 32 hexadecimal digits in five groups */
  uuid(text: string): void {
    const at = this.#begin(16, 16);
    const bytes = this.#bytes;
    for (let index = 0; index < 16; index++) {
      const digit = UUID_DIGITS[index]!;
      bytes[at + index] = (HEX[text.charCodeAt(digit)]! << 4) | HEX[text.charCodeAt(digit + 1)]!;
    }
  }

  /** Columns that were written elsewhere: bytes from `start` to before `end`. */
  columns(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    source.copy(this.#bytes, this.#length, start, end);
    this.#length += end - start;
  }

  /** Another value for what was written with {@link int2}, which ended at `end`. */
  setInt2(end: number, value: number): void {
    this.#view.setInt16(end - 2, value);
  }

  /** Another value for what was written with {@link int8}, which ended at `end`. */
  setInt8(end: number, value: number): void {
    this.#setInt8(end - 8, value);
  }

  /** Without NUL, which PostgreSQL refuses. */
  text(text: string | null): void {
    if (text === null) {
      this.#begin(-1, 0);
      return;
    }
    const { length } = text;
    this.#reserve(4 + 3 * length);
    const at = this.#length + 4;
    const bytes = this.#bytes;
    let count = 0;
    if (length <= MAX_LOOPED_CHARS) {
      for (; count < length; count++) {
        const code = text.charCodeAt(count);
        if (code >= 0x80) break;
        bytes[at + count] = code;
      }
    }
    if (count < length) count = bytes.write(text, at, "utf8");
    this.#begin(count, count);
  }

  /** Strings in it without NUL, as {@link text}. */
  jsonb(value: object | null): void {
    // Version 1 of its binary format, and text behind it.
    this.text(value === null ? null : `\u0001${JSON.stringify(value)}`);
  }

  /** A `text[]`. @param texts as {@link text} takes them */
  texts(texts: readonly string[]): void {
    this.#array(TEXT, texts, (one) => this.text(one));
  }

  /** A `uuid[]`. @param uuids as {@link uuid} takes them */
  uuids(uuids: readonly string[]): void {
    this.#array(UUID, uuids, (one) => this.uuid(one));
  }

  /** Dimensions, whether there are nulls, the type, and of the one dimension its length and first index. */
  #array(type: number, values: readonly string[], write: (value: string) => void): void {
    const head = values.length === 0 ? [0, 0, type] : [1, 0, type, values.length, 1];
    const start = this.#begin(0, 4 * head.length);
    for (const [index, word] of head.entries()) this.#view.setInt32(start + 4 * index, word);
    for (const value of values) write(value);
    this.#view.setInt32(start - 4, this.#length - start);
  }

  #setInt8(at: number, value: number): void {
    this.#view.setInt32(at, Math.floor(value / TWO_32));
    this.#view.setUint32(at + 4, value >>> 0);
  }

  /** @param told the value's length; -1 for null. @returns where the value goes */
  #begin(told: number, bytes: number): number {
    this.#reserve(4 + bytes);
    this.#view.setInt32(this.#length, told);
    const at = this.#length + 4;
    this.#length = at + bytes;
    return at;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#length + bytes));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** A 64-bit integer, as `setInt32` and `setUint32` take its halves. */
type Halves = { high: number; low: number };

function toMicroseconds(ms: number): Halves {
  const microseconds = BigInt(Math.trunc(ms) - EPOCH_MS) * 1000n;
  return { high: Number(microseconds >> 32n), low: Number(microseconds & 0xffffffffn) };
}
