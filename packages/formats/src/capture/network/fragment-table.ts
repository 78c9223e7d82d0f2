import { LIMITS, type MemoryBudget } from "../limits.ts";

type Fragment = { offset: number; bytes: Uint8Array };

type Datagram = {
  fragments: Fragment[];
  heldBytes: number;
  frames: number;
  /** Known once the last fragment was seen. */
  totalBytes: number;
  firstSeen: number;
};

const MAX_DATAGRAM_BYTES = 65_535;
/** 64 KiB in fragments of a small network; more are an attack or an error. */
const MAX_FRAGMENTS = 128;

/** Puts IP datagrams together from their fragments (RFC 791, RFC 8200 section 4.5) within fixed memory. */
export class FragmentTable {
  readonly #datagrams = new Map<string, Datagram>();
  readonly #budget: MemoryBudget;
  #heldBytes = 0;
  /** Frames whose datagram was never completed, without those still waiting. */
  #lostFrames = 0;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /** Frames that never became a datagram, those still waiting included. */
  get incompleteFrames(): number {
    let frames = this.#lostFrames;
    for (const datagram of this.#datagrams.values()) frames += datagram.frames;
    return frames;
  }

  /**
   * Takes one fragment. Answers the whole payload when this one completes it.
   * @param key addresses, protocol and identification
   * @param offset of the fragment in the datagram's payload, bytes
   */
  add(
    key: string,
    offset: number,
    isLast: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeMs: number,
  ): Uint8Array | null {
    const datagram = this.#open(key, timeMs);
    datagram.frames += 1;
    const length = end - start;
    const isTooMuch =
      offset + length > MAX_DATAGRAM_BYTES ||
      datagram.fragments.length >= MAX_FRAGMENTS ||
      this.#heldBytes + length > LIMITS.maxFragmentBytes ||
      !this.#budget.take(length);
    if (isTooMuch) {
      this.#drop(key, datagram);
      return null;
    }
    this.#heldBytes += length;
    datagram.heldBytes += length;
    datagram.fragments.push({ offset, bytes: bytes.slice(start, end) });
    if (isLast) datagram.totalBytes = offset + length;
    return this.#complete(key, datagram);
  }

  #open(key: string, timeMs: number): Datagram {
    const found = this.#datagrams.get(key);
    if (found !== undefined) {
      if (Math.abs(timeMs - found.firstSeen) <= LIMITS.fragmentTimeoutMs) return found;
      this.#drop(key, found);
    }
    if (this.#datagrams.size >= LIMITS.maxFragmentedDatagrams) {
      const [oldestKey, oldest] = this.#datagrams.entries().next().value!;
      this.#drop(oldestKey, oldest);
    }
    const datagram = { fragments: [], heldBytes: 0, frames: 0, totalBytes: -1, firstSeen: timeMs };
    this.#datagrams.set(key, datagram);
    return datagram;
  }

  #complete(key: string, datagram: Datagram): Uint8Array | null {
    if (datagram.totalBytes < 0 || datagram.heldBytes < datagram.totalBytes) return null;
    const whole = new Uint8Array(datagram.totalBytes);
    let filled = 0;
    // Of fragments that overlap, the bytes of the one that begins first stand; sorting is stable for repeated ones.
    for (const { offset, bytes } of datagram.fragments.toSorted((one, other) => one.offset - other.offset)) {
      if (offset > filled) return null;
      const known = filled - offset;
      if (known >= bytes.length) continue;
      whole.set(bytes.subarray(known, known + whole.length - filled), filled);
      filled = Math.min(whole.length, offset + bytes.length);
    }
    if (filled < whole.length) return null;
    this.#forget(key, datagram);
    return whole;
  }

  #drop(key: string, datagram: Datagram): void {
    this.#lostFrames += datagram.frames;
    this.#forget(key, datagram);
  }

  #forget(key: string, datagram: Datagram): void {
    this.#datagrams.delete(key);
    this.#heldBytes -= datagram.heldBytes;
    this.#budget.give(datagram.heldBytes);
  }
}
