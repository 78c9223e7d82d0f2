import { readU16Le } from "../../byte-order.ts";

// Link layer of IEEE 1815, clause 9: start, length, control, destination, source, CRC; then blocks of 16 with a CRC each.
export const LINK_HEADER_BYTES = 10;
const START = 0x6405;
const MIN_LENGTH = 5;
const BLOCK_BYTES = 16;
const CRC_BYTES = 2;
const PRIMARY = 0x40;
const FUNCTION_CONFIRMED_DATA = 3;
const FUNCTION_UNCONFIRMED_DATA = 4;

/** Reflected form of the polynomial 0x3D65. */
const POLYNOMIAL = 0xa6bc;
const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** Check sum of a header or block, as a frame carries it least significant byte first. */
function dnp3Crc(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let at = start; at < end; at++) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc & 0xffff;
}

/** Length of the whole frame; 0 when this is no header with a right check sum. */
export function linkFrameBytes(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 2]!;
  const isHeader =
    readU16Le(bytes, at) === START && length >= MIN_LENGTH && dnp3Crc(bytes, at, at + 8) === readU16Le(bytes, at + 8);
  if (!isHeader) return 0;
  const dataBytes = length - MIN_LENGTH;
  return LINK_HEADER_BYTES + dataBytes + CRC_BYTES * Math.ceil(dataBytes / BLOCK_BYTES);
}

/** User data of a whole frame without the blocks' check sums; null when it has none or one of them is wrong. */
export function linkUserData(bytes: Uint8Array, start: number): Uint8Array | null {
  const control = bytes[start + 3]! & (PRIMARY | 0x0f);
  const dataBytes = bytes[start + 2]! - MIN_LENGTH;
  const isData = control === (PRIMARY | FUNCTION_CONFIRMED_DATA) || control === (PRIMARY | FUNCTION_UNCONFIRMED_DATA);
  if (!isData || dataBytes === 0) return null;
  const data = new Uint8Array(dataBytes);
  let at = start + LINK_HEADER_BYTES;
  for (let done = 0; done < dataBytes; done += BLOCK_BYTES) {
    const blockEnd = at + Math.min(BLOCK_BYTES, dataBytes - done);
    if (dnp3Crc(bytes, at, blockEnd) !== readU16Le(bytes, blockEnd)) return null;
    data.set(bytes.subarray(at, blockEnd), done);
    at = blockEnd + CRC_BYTES;
  }
  return data;
}
