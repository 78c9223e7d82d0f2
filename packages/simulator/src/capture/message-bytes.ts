/** Bytes of the pieces, in order; numbers are single bytes. */
export function join(...pieces: (number | readonly number[] | Uint8Array | string)[]): Uint8Array {
  return Uint8Array.from(
    pieces.flatMap((piece) => {
      if (typeof piece === "number") return [piece];
      return typeof piece === "string" ? [...Buffer.from(piece, "latin1")] : [...piece];
    }),
  );
}

/** Two bytes, most significant first. */
export function be16(value: number): number[] {
  return [(value >>> 8) & 0xff, value & 0xff];
}

/** Two bytes, least significant first. */
export function le16(value: number): number[] {
  return be16(value).reverse();
}

/** Four bytes, most significant first. */
export function be32(value: number): number[] {
  return [...be16(value >>> 16), ...be16(value & 0xffff)];
}

/** Four bytes, least significant first. */
export function le32(value: number): number[] {
  return be32(value).reverse();
}

/** Text in a field of fixed size, filled up with NUL. */
export function field(text: string, bytes: number): number[] {
  return [...Buffer.from(text.padEnd(bytes, "\0"), "latin1")];
}
