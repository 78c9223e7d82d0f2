/** Reads the rows of `COPY … TO STDOUT (FORMAT binary)`; each column by its place and its PostgreSQL type. */
export type BinaryRow = {
  isNull(column: number): boolean;
  bool(column: number): boolean;
  int2(column: number): number;
  int4(column: number): number;
  /** A bigint below 2^53. */
  int8(column: number): number;
  text(column: number): string;
  /** Epoch milliseconds of a timestamptz, rounded. */
  timeMs(column: number): number;
};

const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0", "latin1");
const MAX_COLUMNS = 64;
/** PostgreSQL counts microseconds from 2000-01-01. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

/**
 * The rows of the whole output of a binary COPY. A row is valid until the next is taken: it is the same object again.
 *
 * Format: PostgreSQL manual, COPY, "Binary Format".
 *
 * @throws RangeError when the bytes are not that, or end early
 */
export function* readBinaryCopy(bytes: Buffer): Generator<BinaryRow, void> {
  if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new RangeError("not the output of a binary COPY");
  const flagsAt = SIGNATURE.length;
  const starts = new Int32Array(MAX_COLUMNS);
  const lengths = new Int32Array(MAX_COLUMNS);
  const row = createRow(bytes, starts, lengths);
  let at = flagsAt + 8 + bytes.readInt32BE(flagsAt + 4);
  for (;;) {
    const columns = bytes.readInt16BE(at);
    at += 2;
    if (columns === -1) return;
    for (let column = 0; column < columns; column++) {
      const length = bytes.readInt32BE(at);
      at += 4;
      starts[column] = at;
      lengths[column] = length;
      if (length > 0) at += length;
    }
    yield row;
  }
}

function createRow(bytes: Buffer, starts: Int32Array, lengths: Int32Array): BinaryRow {
  const int8 = (column: number) => {
    const start = starts[column]!;
    return bytes.readInt32BE(start) * 2 ** 32 + bytes.readUInt32BE(start + 4);
  };
  return {
    int8,
    isNull: (column) => lengths[column] === -1,
    bool: (column) => bytes[starts[column]!] === 1,
    int2: (column) => bytes.readInt16BE(starts[column]!),
    int4: (column) => bytes.readInt32BE(starts[column]!),
    text: (column) => bytes.toString("utf8", starts[column]!, starts[column]! + lengths[column]!),
    timeMs: (column) => Math.round(int8(column) / 1000) + EPOCH_MS,
  };
}
