/** A string with the bytes it was decoded from. */
export type ByteString = { readonly text: string; readonly bytes: Uint8Array };

const SLOTS = 4096;
const MAX_CACHED_BYTES = 64;

/**
 * Decodes byte ranges to strings and remembers recent ones, because names, ports and plugin numbers come back
 * thousands of times and a call into the engine's decoder costs more than a look-up. Direct-mapped: a collision replaces the older entry, so
 * memory is bounded whatever the input.
 */
export class ByteStringCache {
  readonly #slots: (ByteString | undefined)[] = new Array(SLOTS).fill(undefined);

  get(buffer: Buffer, start: number, end: number): ByteString {
    const length = end - start;
    if (length > MAX_CACHED_BYTES) return decode(buffer, start, end);
    let hash = length;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + buffer[at]!) | 0;
    const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1);
    const known = this.#slots[slot];
    if (known !== undefined && known.bytes.length === length && matches(buffer, start, known.bytes)) return known;
    const fresh = decode(buffer, start, end);
    this.#slots[slot] = fresh;
    return fresh;
  }
}

/** True when `bytes` stand in `buffer` at `start`; false also when the buffer ends too early. */
export function matches(buffer: Uint8Array, start: number, bytes: Uint8Array): boolean {
  if (start + bytes.length > buffer.length) return false;
  for (let i = 0; i < bytes.length; i++) if (buffer[start + i] !== bytes[i]) return false;
  return true;
}

function decode(buffer: Buffer, start: number, end: number): ByteString {
  return { text: buffer.toString("utf8", start, end), bytes: new Uint8Array(buffer.subarray(start, end)) };
}
