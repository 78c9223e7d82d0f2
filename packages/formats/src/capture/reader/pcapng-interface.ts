import { readU16Be, readU16Le, readU32Be, readU32Le } from "../byte-order.ts";

/** What an interface description block says that matters for reading its packets. */
export type PcapngInterface = {
  linkType: number;
  snapBytes: number;
  /** Time stamp units in one millisecond; less than one for coarse clocks. */
  unitsPerMs: number;
  unitsPerSecond: bigint;
  /** Added to every time stamp. */
  offsetMs: number;
  /** Whether the reader was told already that its frames are skipped. */
  isReported: boolean;
};

const OPTION_END = 0;
const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;

/** Reads the body of an interface description block: link type, snap length and the options about time. */
export function parseInterface(
  bytes: Uint8Array,
  start: number,
  end: number,
  isLittleEndian: boolean,
): PcapngInterface {
  const u16 = isLittleEndian ? readU16Le : readU16Be;
  const u32 = isLittleEndian ? readU32Le : readU32Be;
  const found: PcapngInterface = {
    linkType: u16(bytes, start),
    snapBytes: u32(bytes, start + 4),
    unitsPerMs: 1000,
    unitsPerSecond: 1_000_000n,
    offsetMs: 0,
    isReported: false,
  };
  let at = start + 8;
  while (at + 4 <= end) {
    const code = u16(bytes, at);
    const length = u16(bytes, at + 2);
    if (code === OPTION_END || at + 4 + length > end) break;
    if (code === OPTION_TSRESOL && length >= 1) {
      found.unitsPerSecond = unitsPerSecond(bytes[at + 4]!);
      found.unitsPerMs = Number(found.unitsPerSecond) / 1000;
    }
    if (code === OPTION_TSOFFSET && length >= 8) {
      const high = u32(bytes, at + (isLittleEndian ? 8 : 4)) | 0;
      const low = u32(bytes, at + (isLittleEndian ? 4 : 8));
      found.offsetMs = (high * 2 ** 32 + low) * 1000;
    }
    at += 4 + ((length + 3) & ~3);
  }
  return found;
}

/** if_tsresol: the top bit chooses between powers of two and of ten, the rest is the negative exponent of seconds. */
function unitsPerSecond(resolution: number): bigint {
  const exponent = BigInt(resolution & 0x7f);
  return resolution & 0x80 ? 2n ** exponent : 10n ** exponent;
}
