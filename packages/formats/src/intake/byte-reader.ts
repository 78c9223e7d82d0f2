import type { ByteSource } from "../records.ts";

/**
 * Pulls bytes from a source by count, and lets a reader look ahead or give back what it did not need. When the source
 * fails, what came before is still given, as if the source ended there; only then does {@link next} throw.
 */
export class ByteReader {
  /** Bytes taken so far, what was given back not counted. */
  position = 0;
  readonly #iterator: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);
  #failure: unknown = null;

  constructor(source: ByteSource) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** The next `count` bytes without taking them; fewer only where the source ends. */
  async peek(count: number): Promise<Buffer> {
    if (this.#held.length >= count) return this.#held.subarray(0, count);
    const parts = [this.#held];
    let length = this.#held.length;
    while (length < count) {
      const chunk = await this.#pull();
      if (chunk === null) break;
      parts.push(Buffer.from(chunk));
      length += chunk.length;
    }
    this.#held = Buffer.concat(parts, length);
    return this.#held.subarray(0, count);
  }

  /** Takes the next `count` bytes; fewer only where the source ends. */
  async take(count: number): Promise<Buffer> {
    const bytes = await this.peek(count);
    this.#held = this.#held.subarray(bytes.length);
    this.position += bytes.length;
    return bytes;
  }

  /** Takes what comes next, at most `maxBytes`; null at the end. */
  async next(maxBytes: number): Promise<Uint8Array | null> {
    while (this.#held.length === 0) {
      const chunk = await this.#pull();
      if (chunk === null) {
        this.assertSound();
        return null;
      }
      this.#held = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
    const bytes = this.#held.subarray(0, maxBytes);
    this.#held = this.#held.subarray(bytes.length);
    this.position += bytes.length;
    return bytes;
  }

  /** Gives bytes back that the last {@link next} or {@link take} gave, to be read again. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#held = Buffer.concat([bytes, this.#held]);
    this.position -= bytes.length;
  }

  /** Everything that is left. */
  async *rest(maxChunkBytes = 65_536): AsyncGenerator<Uint8Array> {
    for (let bytes = await this.next(maxChunkBytes); bytes !== null; bytes = await this.next(maxChunkBytes))
      yield bytes;
  }

  /** @throws what the source threw, if it did */
  assertSound(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  async #pull(): Promise<Uint8Array | null> {
    if (this.#failure !== null) return null;
    try {
      const next = await this.#iterator.next();
      return next.done === true ? null : next.value;
    } catch (error) {
      this.#failure = error;
      return null;
    }
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
