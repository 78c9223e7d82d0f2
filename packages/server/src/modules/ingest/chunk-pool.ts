/** Small: between two pieces the answers of the database are looked at, and a batch has some twenty statements. */
const CHUNK_BYTES = 1 << 16;
const MAX_FREE = 8;

/** Where the bytes of an upload are read into. */
export type Chunk = Uint8Array<ArrayBuffer>;

const own = new WeakSet<ArrayBufferLike>();
const free: Chunk[] = [];

/**
 * Memory to read a piece of a file into. New memory for each piece has the collector go through the whole heap for every
 * few dozen megabytes of the file.
 */
export function takeChunk(): Chunk {
  const known = free.pop();
  if (known) return known;
  const fresh = new Uint8Array(CHUNK_BYTES);
  own.add(fresh.buffer);
  return fresh;
}

/**
 * Tells that nobody looks at the bytes any more. Only what is the whole of a chunk is taken back: of a part somebody may have
 * another one.
 */
export function giveBack(bytes: Uint8Array): void {
  const isWhole = own.has(bytes.buffer) && bytes.byteLength === bytes.buffer.byteLength;
  if (isWhole && free.length < MAX_FREE) free.push(new Uint8Array(bytes.buffer as ArrayBuffer));
}
