import { join, le16 } from "./message-bytes.ts";

export const DNP3_PORT = 20_000;

const FROM_MASTER = 0x80;
const PRIMARY_UNCONFIRMED_DATA = 0x44;
const BLOCK_BYTES = 16;
/** Of user data in one frame. */
const MAX_SEGMENT_BYTES = 249;
const TYPE_VISIBLE_STRING = 1;

/** CRC of IEEE 1815, clause 9.2.4.2, bit by bit. */
function crc(bytes: Uint8Array): number[] {
  let value = 0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) !== 0 ? (value >>> 1) ^ 0xa6bc : value >>> 1;
  }
  return le16(~value & 0xffff);
}

function withCrc(bytes: Uint8Array): Uint8Array {
  return join(bytes, crc(bytes));
}

type Ends = { source: number; target: number; isFromMaster: boolean };

function linkFrame({ source, target, isFromMaster }: Ends, data: Uint8Array): Uint8Array {
  const control = PRIMARY_UNCONFIRMED_DATA | (isFromMaster ? FROM_MASTER : 0);
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += BLOCK_BYTES) blocks.push(withCrc(data.subarray(at, at + BLOCK_BYTES)));
  return join(withCrc(join(0x05, 0x64, 5 + data.length, control, le16(target), le16(source))), ...blocks);
}

/** An application fragment in as many frames as it needs. */
export function dnp3Fragment(ends: Ends, bytes: Uint8Array): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += MAX_SEGMENT_BYTES) {
    const first = at === 0 ? 0x40 : 0;
    const final = at + MAX_SEGMENT_BYTES >= bytes.length ? 0x80 : 0;
    const segment = bytes.subarray(at, at + MAX_SEGMENT_BYTES);
    frames.push(linkFrame(ends, join(first | final | (frames.length & 0x3f), segment)));
  }
  return join(...frames);
}

/** A request without data: a function code on objects, if any. */
export function dnp3Request(master: number, outstation: number, functionCode: number, objects: readonly number[] = []) {
  const ends = { source: master, target: outstation, isFromMaster: true };
  return dnp3Fragment(ends, join(0xc0, functionCode, objects));
}

/** A read of all device attributes: group 0, variation 254, all. */
export function dnp3ReadAttributes(master: number, outstation: number): Uint8Array {
  return dnp3Request(master, outstation, 1, [0, 254, 0x00, 0, 0]);
}

/** @param attributes texts by variation: 242 software, 243 hardware, 247 name, 248 serial, 250 model, 252 manufacturer */
export function dnp3Attributes(
  master: number,
  outstation: number,
  attributes: Readonly<Record<number, string>>,
): Uint8Array {
  const objects = Object.entries(attributes).map(([variation, text]) =>
    join(0, Number(variation), 0x00, 0, 0, TYPE_VISIBLE_STRING, text.length, text),
  );
  const ends = { source: outstation, target: master, isFromMaster: false };
  return dnp3Fragment(ends, join(0xc0, 129, 0, 0, ...objects));
}

/** An empty response: only the internal indications. */
export function dnp3Response(master: number, outstation: number): Uint8Array {
  return dnp3Attributes(master, outstation, {});
}
