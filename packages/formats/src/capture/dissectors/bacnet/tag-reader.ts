import { readU16Be, readU32Be } from "../../byte-order.ts";

const CLASS_CONTEXT = 0x08;
const EXTENDED_NUMBER = 15;
const EXTENDED_LENGTH = 5;
const OPENING = 6;
const CLOSING = 7;
const LENGTH_IS_U16 = 254;
const LENGTH_IS_U32 = 255;
const MAX_TEXT_BYTES = 512;

const CHARACTER_SETS: Readonly<Record<number, string>> = { 0: "utf-8", 4: "utf-16be", 5: "latin1" };

/** Reads BACnet's tagged values (ANSI/ASHRAE 135, clause 20.2) one after the other, never past `end`. */
export class TagReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  /** Of the value under way, and where the next tag begins. */
  #valueAt = 0;
  #next: number;
  number = 0;
  isContext = false;
  kind: "value" | "opening" | "closing" = "value";
  length = 0;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#next = start;
    this.#end = end;
  }

  /** Goes on to the next tag; false at the end and where no whole tag follows. */
  next(): boolean {
    let at = this.#next;
    if (at >= this.#end) return false;
    const head = this.#bytes[at++]!;
    const lengthType = head & 0x07;
    this.number = head >> 4;
    this.isContext = (head & CLASS_CONTEXT) !== 0;
    if (this.number === EXTENDED_NUMBER) this.number = this.#bytes[at++]!;
    this.kind = "value";
    this.length = lengthType;
    if (this.isContext && (lengthType === OPENING || lengthType === CLOSING)) {
      this.kind = lengthType === OPENING ? "opening" : "closing";
      this.length = 0;
    } else if (lengthType === EXTENDED_LENGTH) {
      at = this.#readLength(at);
    } else if (!this.isContext && this.number === 1) {
      // A boolean's value stands in place of its length.
      this.length = 0;
    }
    this.#valueAt = at;
    this.#next = at + this.length;
    return this.#next <= this.#end;
  }

  /** An unsigned or enumerated value, an object identifier; NaN when it is no number of up to 32 bits. */
  unsigned(): number {
    if (this.kind !== "value" || this.length < 1 || this.length > 4) return Number.NaN;
    let value = 0;
    for (let index = 0; index < this.length; index++) value = value * 256 + this.#bytes[this.#valueAt + index]!;
    return value;
  }

  /** A character string; empty in character sets that nobody uses. */
  text(): string {
    const encoding = this.length < 2 ? undefined : CHARACTER_SETS[this.#bytes[this.#valueAt]!];
    if (encoding === undefined) return "";
    const end = this.#valueAt + Math.min(this.length, 1 + MAX_TEXT_BYTES);
    return new TextDecoder(encoding).decode(this.#bytes.subarray(this.#valueAt + 1, end)).trim();
  }

  #readLength(at: number): number {
    const first = this.#bytes[at]!;
    this.length = first;
    if (first === LENGTH_IS_U16) {
      this.length = readU16Be(this.#bytes, at + 1);
      return at + 3;
    }
    if (first === LENGTH_IS_U32) {
      this.length = readU32Be(this.#bytes, at + 1);
      return at + 5;
    }
    return at + 1;
  }
}
