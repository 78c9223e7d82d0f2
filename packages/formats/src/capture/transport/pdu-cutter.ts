import type { Framing } from "../dissectors/dissector.ts";
import type { MemoryBudget } from "../limits.ts";

/** Where a cutter's units and losses go. Byte views are valid during the call only. */
export type PduSink = {
  pdu(bytes: Uint8Array, start: number, end: number, frame: number, seenAt: number, isFromServer: boolean): void;
  gap(isFromServer: boolean): void;
};

/**
 * Cuts one direction of a byte stream into data units. A unit inside one segment is told in place; one that spans
 * segments is copied. Bytes that are no unit are dropped up to the next segment, where units usually begin.
 */
export class PduCutter {
  readonly #framing: Framing;
  readonly #budget: MemoryBudget;
  readonly #sink: PduSink;
  readonly #isFromServer: boolean;
  #carry: Uint8Array | null = null;
  #carryBytes = 0;

  constructor(framing: Framing, budget: MemoryBudget, sink: PduSink, isFromServer: boolean) {
    this.#framing = framing;
    this.#budget = budget;
    this.#sink = sink;
    this.#isFromServer = isFromServer;
  }

  /** The stream's next bytes. */
  push(bytes: Uint8Array, start: number, end: number, frame: number, seenAt: number): void {
    let at = this.#carry === null ? start : this.#completeCarry(bytes, start, end, frame, seenAt);
    while (at < end) {
      const available = end - at;
      const { headerBytes } = this.#framing;
      const length = available < headerBytes ? headerBytes : this.#framing.pduBytes(bytes, at, end);
      if (length === 0) {
        this.gap();
        return;
      }
      if (length > available) {
        this.#keep(bytes, at, end, length);
        return;
      }
      this.#sink.pdu(bytes, at, at + length, frame, seenAt, this.#isFromServer);
      at += length;
    }
  }

  /** Bytes are missing here: the unit under way is lost. */
  gap(): void {
    this.clear();
    this.#sink.gap(this.#isFromServer);
  }

  clear(): void {
    if (this.#carry !== null) this.#budget.give(this.#carry.length);
    this.#carry = null;
    this.#carryBytes = 0;
  }

  /** Goes on with the unit under way; answers where the bytes after it begin, `end` when it is not complete yet. */
  #completeCarry(bytes: Uint8Array, start: number, end: number, frame: number, seenAt: number): number {
    let at = start;
    for (;;) {
      const carry = this.#carry;
      if (carry === null) return end;
      const taken = Math.min(carry.length - this.#carryBytes, end - at);
      carry.set(bytes.subarray(at, at + taken), this.#carryBytes);
      this.#carryBytes += taken;
      at += taken;
      if (this.#carryBytes < carry.length) return end;
      const length = this.#framing.pduBytes(carry, 0, carry.length);
      if (length === 0) {
        // What stood before was the end of something; here units may begin again.
        this.gap();
        return start;
      }
      if (length <= carry.length) {
        // Cleared first, so that the budget holds whatever the sink does; the bytes stay valid.
        this.clear();
        this.#sink.pdu(carry, 0, length, frame, seenAt, this.#isFromServer);
        return at;
      }
      this.clear();
      this.#keep(carry, 0, carry.length, length);
    }
  }

  #keep(bytes: Uint8Array, start: number, end: number, length: number): void {
    if (!this.#budget.take(length)) {
      this.gap();
      return;
    }
    this.#carry = new Uint8Array(length);
    this.#carry.set(bytes.subarray(start, end));
    this.#carryBytes = end - start;
  }
}
