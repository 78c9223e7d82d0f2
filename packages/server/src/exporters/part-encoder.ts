/** Makes the bytes of a part's file, of records that come as text, each chunk holding whole lines. */
export type PartEncoder = {
  head(): Buffer;
  /** What a chunk of records becomes; records may be kept back. Valid until the chunk's memory is used again. */
  encode(lines: Buffer): Buffer;
  /** Called once, after all records. */
  tail(): Iterable<Buffer>;
};

/** Records as they are, between texts. */
export function toPlainText({ head, tail }: { head: string; tail: string }): PartEncoder {
  return { head: () => Buffer.from(head), encode: (lines) => lines, tail: () => [Buffer.from(tail)] };
}
