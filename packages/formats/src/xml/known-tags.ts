import type { ByteString } from "./byte-string-cache.ts";

/** What a start tag holds: where its attributes stand, and their values as far as they were asked for. */
export type TagParts = {
  bytes: Buffer;
  count: number;
  readonly names: ByteString[];
  readonly starts: number[];
  readonly ends: number[];
  /** Whether a value stands there as it is meant: no references, no white space but spaces. */
  readonly isPlain: boolean[];
  readonly values: (string | undefined)[];
};

export type KnownTag = {
  readonly name: ByteString;
  readonly parts: TagParts;
  readonly newlines: number;
  readonly isEmptyElement: boolean;
};

/** Shorter tags are read as fast as they are found here; longer ones tell something of their own. */
const MIN_BYTES = 64;
const MAX_BYTES = 512;
const HASHED_BYTES = 128;
const MAX_TAGS = 8192;
const SEEN_SLOTS = 4096;

/** Start tags that a document repeats, as they were read: equal bytes are the same tag. Memory is bounded. */
export class KnownTags {
  readonly #known = new Map<number, KnownTag>();
  /** Hashes of tags met once: most are met once only, and not worth remembering. */
  readonly #seen = new Int32Array(SEEN_SLOTS);
  #hash = -1;

  /** The tag that stands in `buffer` from `start` to before `end`, if it is known. */
  find(buffer: Buffer, start: number, end: number): KnownTag | undefined {
    const length = end - start;
    this.#hash = -1;
    if (length < MIN_BYTES || length > MAX_BYTES) return undefined;
    let hash = length;
    for (let at = start, stop = start + Math.min(length, HASHED_BYTES); at < stop; at++) {
      hash = (Math.imul(hash, 31) + buffer[at]!) | 0;
    }
    this.#hash = (hash ^ (hash >>> 15)) & 0x3fffffff;
    const known = this.#known.get(this.#hash);
    if (known === undefined || known.parts.bytes.length !== length) return undefined;
    return buffer.compare(known.parts.bytes, 0, length, start, end) === 0 ? known : undefined;
  }

  /** Remembers the tag that was not found a moment ago, once it has come for the second time. */
  remember(start: number, end: number, tag: KnownTag): void {
    const hash = this.#hash;
    if (hash === -1) return;
    const slot = hash & (SEEN_SLOTS - 1);
    if (this.#seen[slot] !== hash) {
      this.#seen[slot] = hash;
      return;
    }
    if (this.#known.size >= MAX_TAGS) this.#known.clear();
    this.#known.set(hash, { ...tag, parts: copyParts(tag.parts, start, end) });
  }
}

function copyParts({ bytes, count, names, starts, ends, isPlain }: TagParts, start: number, end: number): TagParts {
  return {
    bytes: Buffer.from(bytes.subarray(start, end)),
    count,
    names: names.slice(0, count),
    starts: starts.slice(0, count).map((at) => at - start),
    ends: ends.slice(0, count).map((at) => at - start),
    isPlain: isPlain.slice(0, count),
    values: new Array<undefined>(count).fill(undefined),
  };
}
