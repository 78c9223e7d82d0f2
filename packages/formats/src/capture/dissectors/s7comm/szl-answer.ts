import { readU16Be } from "../../byte-order.ts";
import type { MemoryBudget } from "../../limits.ts";
import { ByteJoiner } from "../byte-joiner.ts";

const HEADER_BYTES = 10;
const ROSCTR_USERDATA = 7;
const METHOD_RESPONSE = 0x12;
const TYPE_RESPONSE_CPU_FUNCTIONS = 0x84;
const SUBFUNCTION_READ_SZL = 1;
const RETURN_SUCCESS = 0xff;
const PARAMETER_BYTES = 12;
const DATA_HEADER_BYTES = 4;
const LIST_HEADER_BYTES = 8;
const MAX_LIST_BYTES = 64 * 1024;

/** A system status list (SZL) as the CPU answered it. */
export type SystemStatusList = {
  id: number;
  index: number;
  /** Bytes of one entry, its index word included. */
  entryBytes: number;
  entries: { index: number; bytes: Uint8Array; start: number; end: number }[];
};

/** Joins answers to SZL reads, which a CPU spreads over several units when they exceed the negotiated size. */
export class SzlAssembly {
  readonly #joiner: ByteJoiner;
  #reference = 0;

  constructor(budget: MemoryBudget) {
    this.#joiner = new ByteJoiner(budget, MAX_LIST_BYTES);
  }

  /** Takes one S7 unit; answers the list when this unit completes one. */
  add(bytes: Uint8Array, start: number, end: number): SystemStatusList | null {
    if (!isSzlAnswer(bytes, start, end)) return null;
    const parameterAt = start + HEADER_BYTES;
    const dataAt = parameterAt + readU16Be(bytes, start + 6);
    const errorCode = readU16Be(bytes, parameterAt + 10);
    if (errorCode !== 0 || end - dataAt < DATA_HEADER_BYTES || bytes[dataAt] !== RETURN_SUCCESS) {
      this.clear();
      return null;
    }
    const reference = bytes[parameterAt + 8]!;
    const isLast = bytes[parameterAt + 9] === 0;
    const listAt = dataAt + DATA_HEADER_BYTES;
    const listEnd = Math.min(end, listAt + readU16Be(bytes, dataAt + 2));
    return this.#join(bytes, listAt, listEnd, reference, isLast);
  }

  clear(): void {
    this.#joiner.clear();
  }

  /** Reference 0 marks an answer that fits one unit; others name the fragments that belong together. */
  #join(bytes: Uint8Array, start: number, end: number, reference: number, isLast: boolean): SystemStatusList | null {
    if (reference !== this.#reference) this.clear();
    this.#reference = reference;
    if (isLast && this.#joiner.isEmpty) return reference === 0 ? parseList(bytes, start, end) : null;
    if (!this.#joiner.add(bytes, start, end) || !isLast) return null;
    const whole = this.#joiner.join();
    return parseList(whole, 0, whole.length);
  }
}

function isSzlAnswer(bytes: Uint8Array, start: number, end: number): boolean {
  const parameterAt = start + HEADER_BYTES;
  return (
    end - start >= HEADER_BYTES + PARAMETER_BYTES &&
    bytes[start + 1] === ROSCTR_USERDATA &&
    readU16Be(bytes, start + 6) >= PARAMETER_BYTES &&
    bytes[parameterAt + 4] === METHOD_RESPONSE &&
    bytes[parameterAt + 5] === TYPE_RESPONSE_CPU_FUNCTIONS &&
    bytes[parameterAt + 6] === SUBFUNCTION_READ_SZL
  );
}

/** Of a list cut short, the whole entries are kept. */
function parseList(bytes: Uint8Array, start: number, end: number): SystemStatusList | null {
  if (end - start < LIST_HEADER_BYTES) return null;
  const entryBytes = readU16Be(bytes, start + 4);
  if (entryBytes < 2) return null;
  const entries: SystemStatusList["entries"] = [];
  let at = start + LIST_HEADER_BYTES;
  for (let left = readU16Be(bytes, start + 6); left > 0 && at + entryBytes <= end; left--) {
    entries.push({ index: readU16Be(bytes, at), bytes, start: at + 2, end: at + entryBytes });
    at += entryBytes;
  }
  return { id: readU16Be(bytes, start), index: readU16Be(bytes, start + 2), entryBytes, entries };
}
