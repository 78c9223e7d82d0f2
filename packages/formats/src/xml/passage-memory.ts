import { LESS_THAN } from "./bytes.ts";

/** Bytes of a passage that is remembered, at most, and of all together. */
const MAX_PASSAGE_BYTES = 32_768;
const MAX_BYTES = 8_388_608;
/** What one takes beside its bytes, about. */
const OVERHEAD_BYTES = 256;

/** What stood inside an element before anything that its reader wanted of it. */
type Passage = {
  readonly bytes: Buffer;
  /** Line ends in it. */
  readonly newlines: number;
  readonly place: PassagePlace;
};

/** Where a passage stands. In one place equal bytes are read the same way: by names that are wanted, at one depth. */
export type PassagePlace = { readonly likeness: string; readonly wanted: ReadonlySet<string>; readonly depth: number };

/**
 * The passages that a document repeats. Bytes that were read once in the same place, found to be well-formed and to hold
 * nothing that is wanted, are so wherever they stand again: comparing them costs a twentieth of reading them.
 *
 * One passage is known of each likeness, the last one read; memory is bounded whatever the document.
 */
export class PassageMemory {
  readonly #known = new Map<string, Passage>();
  #bytes = 0;
  /** Of the passage that is being read: where it began, -1 for none, and on which line. */
  #start = -1;
  #line = 0;
  #place: PassagePlace | null = null;

  /** Depth of the passage that is being read; -1 for none. */
  get depth(): number {
    return this.#start === -1 ? -1 : (this.#place as PassagePlace).depth;
  }

  /** The passage that stands at `at` if it is known there; otherwise the one that begins there is to be remembered. */
  find(buffer: Buffer, at: number, place: PassagePlace, line: number): Passage | undefined {
    const known = this.#known.get(place.likeness);
    const isThere = known !== undefined && isSamePlace(known.place, place) && standsAt(buffer, at, known.bytes);
    this.#start = isThere ? -1 : at;
    this.#line = line;
    this.#place = place;
    return isThere ? known : undefined;
  }

  /** The passage has ended before `end`, on `line`. */
  remember(buffer: Buffer, end: number, line: number): void {
    const start = this.#start;
    this.#start = -1;
    const place = this.#place as PassagePlace;
    if (end === start || end - start > MAX_PASSAGE_BYTES) return;
    const former = this.#known.get(place.likeness);
    if (former) this.#bytes -= former.bytes.length + OVERHEAD_BYTES;
    if (this.#bytes > MAX_BYTES) {
      this.#known.clear();
      this.#bytes = 0;
    }
    const bytes = Buffer.from(buffer.subarray(start, end));
    this.#bytes += bytes.length + OVERHEAD_BYTES;
    this.#known.set(place.likeness, { bytes, newlines: line - this.#line, place });
  }

  /** The beginning of the passage is gone. */
  forget(): void {
    this.#start = -1;
  }
}

function isSamePlace(a: PassagePlace, b: PassagePlace): boolean {
  return a.wanted === b.wanted && a.depth === b.depth;
}

/** Before a tag, as it stood when it was read: it may end in `]]`, behind which no `>` may be. */
function standsAt(buffer: Buffer, at: number, bytes: Buffer): boolean {
  const end = at + bytes.length;
  return end < buffer.length && buffer[end] === LESS_THAN && buffer.compare(bytes, 0, bytes.length, at, end) === 0;
}
