/** One element of BER data (ITU-T X.690): its one-byte tag and where its contents are. */
export type BerElement = { tag: number; start: number; end: number };

const LONG_TAG = 0x1f;
const LONG_LENGTH = 0x80;
const MAX_LENGTH_BYTES = 4;

/** The element at `at`; null when it does not fit before `end`, has a long tag or no definite length. */
export function readBer(bytes: Uint8Array, at: number, end: number): BerElement | null {
  if (end - at < 2) return null;
  const tag = bytes[at]!;
  if ((tag & LONG_TAG) === LONG_TAG) return null;
  const first = bytes[at + 1]!;
  if (first < LONG_LENGTH) return fit(tag, at + 2, first, end);
  const lengthBytes = first - LONG_LENGTH;
  if (lengthBytes === 0 || lengthBytes > MAX_LENGTH_BYTES || end - at < 2 + lengthBytes) return null;
  let length = 0;
  for (let index = 0; index < lengthBytes; index++) length = length * 256 + bytes[at + 2 + index]!;
  return fit(tag, at + 2 + lengthBytes, length, end);
}

function fit(tag: number, start: number, length: number, end: number): BerElement | null {
  return start + length <= end ? { tag, start, end: start + length } : null;
}
