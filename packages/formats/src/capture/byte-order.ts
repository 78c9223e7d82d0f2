// Plain arithmetic on bytes: inlined by the engine, no view object per packet. Reading past the end gives zero bits,
// so callers check lengths first.

export function readU16Be(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function readU16Le(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

export function readU32Be(bytes: Uint8Array, at: number): number {
  return readI32Be(bytes, at) >>> 0;
}

export function readU32Le(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** The same 32 bits as a signed integer, which the engine keeps unboxed. */
export function readI32Be(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** Text of a fixed-size field: up to the first NUL, Latin-1, control characters removed, trimmed. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  const last = Math.min(end, bytes.length);
  for (let at = start; at < last; at++) {
    const code = bytes[at]!;
    if (code === 0) break;
    if (code >= 0x20 && code !== 0x7f && (code < 0x80 || code >= 0xa0)) text += String.fromCharCode(code);
  }
  return text.trim();
}
