import type { MemoryBudget } from "../../limits.ts";
import { ByteJoiner } from "../byte-joiner.ts";

const PDU_TYPE_DATA = 0xf0;
const END_OF_UNIT = 0x80;
/** S7 negotiates units of at most some kilobytes. */
const MAX_UNIT_BYTES = 64 * 1024;

/** Where a unit's bytes are; reused from call to call. */
export type UnitView = { bytes: Uint8Array; start: number; end: number };

/** Joins COTP data units (ISO 8073 class 0) until the end-of-unit mark. */
export class CotpAssembly {
  readonly #joiner: ByteJoiner;
  readonly #view: UnitView = { bytes: new Uint8Array(0), start: 0, end: 0 };

  constructor(budget: MemoryBudget) {
    this.#joiner = new ByteJoiner(budget, MAX_UNIT_BYTES);
  }

  /** Takes a TPDU; answers the user data when it is complete. Other TPDUs than data have none. */
  add(bytes: Uint8Array, start: number, end: number): UnitView | null {
    const headerLength = bytes[start]!;
    if (end - start < 3 || bytes[start + 1] !== PDU_TYPE_DATA || headerLength < 2) return null;
    const dataAt = Math.min(start + 1 + headerLength, end);
    const isLast = (bytes[start + 2]! & END_OF_UNIT) !== 0;
    if (isLast && this.#joiner.isEmpty) return this.#show(bytes, dataAt, end);
    const isKept = this.#joiner.add(bytes, dataAt, end);
    if (!isLast || !isKept) return null;
    const whole = this.#joiner.join();
    return this.#show(whole, 0, whole.length);
  }

  clear(): void {
    this.#joiner.clear();
  }

  #show(bytes: Uint8Array, start: number, end: number): UnitView {
    this.#view.bytes = bytes;
    this.#view.start = start;
    this.#view.end = end;
    return this.#view;
  }
}
