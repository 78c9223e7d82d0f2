import { LIMITS, type MemoryBudget } from "../limits.ts";
import type { PduCutter } from "./pdu-cutter.ts";

type HeldSegment = { sequence: number; bytes: Uint8Array; missingBytes: number; frame: number; seenAt: number };

/** Further away than any window: the connection was replaced without our seeing it. */
const MAX_DISTANCE = 2 ** 26;

/**
 * One direction of a TCP connection: puts segments in order, drops what came before, and waits a bounded number of
 * segments for a missing one before it goes on behind the gap.
 */
export class StreamDirection {
  readonly #cutter: PduCutter;
  readonly #budget: MemoryBudget;
  /** Sequence number of the next byte; null before the first segment. */
  #next: number | null = null;
  /** By sequence number. */
  #held: HeldSegment[] = [];
  #heldBytes = 0;
  isFinished = false;

  constructor(cutter: PduCutter, budget: MemoryBudget) {
    this.#cutter = cutter;
    this.#budget = budget;
  }

  /** A SYN: its number comes before the first byte's. */
  start(sequence: number): void {
    this.#next = (sequence + 1) | 0;
  }

  /** @param missingBytes payload that the capture cut off this segment */
  segment(
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missingBytes: number,
    frame: number,
    seenAt: number,
  ): void {
    if (this.#next === null) this.#next = sequence;
    const distance = (sequence - this.#next) | 0;
    if (distance === 0 && this.#held.length === 0) {
      this.#take(bytes, start, end, missingBytes, frame, seenAt);
    } else if (Math.abs(distance) > MAX_DISTANCE) {
      this.flush();
      this.#cutter.gap();
      this.#next = sequence;
      this.#take(bytes, start, end, missingBytes, frame, seenAt);
    } else if (distance > 0) {
      this.#hold({ sequence, bytes: bytes.slice(start, end), missingBytes, frame, seenAt });
    } else {
      this.#takeNew(-distance, bytes, start, end, missingBytes, frame, seenAt);
      this.#drain();
    }
  }

  /** Gives up waiting: everything held is told, gap by gap. */
  flush(): void {
    while (this.#held.length > 0) this.#skipGap();
  }

  clear(): void {
    this.#budget.give(this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    this.#cutter.clear();
  }

  /** Takes a segment whose first `knownBytes` were seen already. */
  #takeNew(
    knownBytes: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missingBytes: number,
    frame: number,
    seenAt: number,
  ): void {
    if (knownBytes >= end - start + missingBytes) return;
    if (start + knownBytes <= end) this.#take(bytes, start + knownBytes, end, missingBytes, frame, seenAt);
    else this.#take(bytes, end, end, missingBytes - (knownBytes - (end - start)), frame, seenAt);
  }

  #take(bytes: Uint8Array, start: number, end: number, missingBytes: number, frame: number, seenAt: number): void {
    this.#next = (this.#next! + (end - start) + missingBytes) | 0;
    if (end > start) this.#cutter.push(bytes, start, end, frame, seenAt);
    if (missingBytes > 0) this.#cutter.gap();
  }

  #hold(segment: HeldSegment): void {
    const isTooMuch =
      this.#held.length >= LIMITS.maxHeldSegments ||
      this.#heldBytes + segment.bytes.length > LIMITS.maxHeldBytes ||
      !this.#budget.take(segment.bytes.length);
    if (isTooMuch) {
      // Going on behind the gap frees at least one segment; what still does not fit is taken as a gap of its own.
      this.flush();
      this.#behindGap(segment);
      return;
    }
    this.#heldBytes += segment.bytes.length;
    let place = this.#held.length;
    while (place > 0 && ((this.#held[place - 1]!.sequence - segment.sequence) | 0) > 0) place--;
    this.#held.splice(place, 0, segment);
  }

  /** Takes the segment now, whatever is missing before it. */
  #behindGap({ sequence, bytes, missingBytes, frame, seenAt }: HeldSegment): void {
    const distance = (sequence - this.#next!) | 0;
    if (distance > 0) {
      this.#cutter.gap();
      this.#next = sequence;
    }
    this.#takeNew(Math.max(0, -distance), bytes, 0, bytes.length, missingBytes, frame, seenAt);
  }

  #skipGap(): void {
    const first = this.#held.shift();
    if (first === undefined) return;
    this.#release(first);
    this.#behindGap(first);
    this.#drain();
  }

  /** Tells the held segments that the last one made reachable. */
  #drain(): void {
    for (;;) {
      const first = this.#held[0];
      if (first === undefined || ((first.sequence - this.#next!) | 0) > 0) return;
      this.#held.shift();
      this.#release(first);
      this.#behindGap(first);
    }
  }

  #release(segment: HeldSegment): void {
    this.#heldBytes -= segment.bytes.length;
    this.#budget.give(segment.bytes.length);
  }
}
