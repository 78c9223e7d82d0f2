import { readU16Le, readU32Le } from "../../byte-order.ts";

const ABSENT = 0xffffffff;
const MAX_TEXT_BYTES = 256;
const LOCALIZED_LOCALE = 0x01;
const LOCALIZED_TEXT = 0x02;
const OBJECT_HAS_BODY = 0x03;

/** NodeId forms (OPC 10000-6, 5.2.2.9): two bytes, four bytes, numeric, string, GUID, opaque. */
const NODE_TWO_BYTES = 0;
const NODE_FOUR_BYTES = 1;
const NODE_NUMERIC = 2;
const NODE_STRING = 3;
const NODE_GUID = 4;
const NODE_OPAQUE = 5;

const decoder = new TextDecoder();

/**
 * Walks OPC UA binary data (OPC 10000-6, 5.2). Past the end, or at something it does not know, it is broken: every
 * answer from then on is empty and means nothing.
 */
export class UaReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  isBroken = false;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Steps over `length` bytes; answers where they are, -1 when there are not so many. */
  skip(length: number): number {
    if (this.isBroken || length > this.#end - this.#at) {
      this.isBroken = true;
      return -1;
    }
    const at = this.#at;
    this.#at += length;
    return at;
  }

  u8(): number {
    const at = this.skip(1);
    return at < 0 ? 0 : this.#bytes[at]!;
  }

  u32(): number {
    const at = this.skip(4);
    return at < 0 ? 0 : readU32Le(this.#bytes, at);
  }

  /** Elements of an array; 0 for an absent one. */
  count(): number {
    const count = this.u32();
    return count === ABSENT ? 0 : count;
  }

  /** UTF-8 text, cut to a name's length; empty when absent. */
  text(): string {
    const length = this.count();
    const at = this.skip(length);
    if (at < 0) return "";
    return decoder.decode(this.#bytes.subarray(at, at + Math.min(length, MAX_TEXT_BYTES))).trim();
  }

  localizedText(): string {
    const mask = this.u8();
    if ((mask & LOCALIZED_LOCALE) !== 0) this.text();
    return (mask & LOCALIZED_TEXT) !== 0 ? this.text() : "";
  }

  /** Numeric identifier of namespace 0; -1 for all other node ids. */
  nodeId(): number {
    const form = this.u8();
    if (form === NODE_TWO_BYTES) return this.u8();
    if (form === NODE_FOUR_BYTES) {
      const at = this.skip(3);
      return at < 0 || this.#bytes[at] !== 0 ? -1 : readU16Le(this.#bytes, at + 1);
    }
    const namespaceAt = this.skip(2);
    if (form === NODE_NUMERIC) {
      const id = this.u32();
      return namespaceAt >= 0 && readU16Le(this.#bytes, namespaceAt) === 0 ? id : -1;
    }
    if (form === NODE_GUID) this.skip(16);
    else if (form === NODE_STRING || form === NODE_OPAQUE) this.skip(this.count());
    else this.isBroken = true;
    return -1;
  }

  /** Reads the head of an extension object; answers its type, -1 when it has no body. */
  objectType(): number {
    const type = this.nodeId();
    const encoding = this.u8();
    if ((encoding & OBJECT_HAS_BODY) === 0) return -1;
    this.u32();
    return type;
  }

  /** Steps over the head of every response; answers whether it tells of success. */
  responseHeader(): boolean {
    this.skip(8 + 4);
    const result = this.u32();
    // Diagnostics, of which servers send none unless asked.
    if (this.u8() !== 0) this.isBroken = true;
    for (let left = this.count(); left > 0 && !this.isBroken; left--) this.text();
    if (this.objectType() !== -1) this.isBroken = true;
    return result === 0 && !this.isBroken;
  }
}
