import { readU16Be, readU16Le, readU32Be, readU32Le } from "../byte-order.ts";
import { LIMITS } from "../limits.ts";
import { isKnownLinkType } from "../network/link-layer.ts";
import type { CaptureFormat, FrameSink } from "./capture-format.ts";
import { type PcapngInterface, parseInterface } from "./pcapng-interface.ts";

export const PCAPNG_SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type, total length and the word after them, which every block has (at least its trailing length). */
const HEADER_BYTES = 12;
/** Room for a frame of the largest size, the fixed fields and some options. */
const MAX_BUFFERED_BLOCK_BYTES = LIMITS.maxFrameBytes + 64 * 1024;

/** pcapng (draft-ietf-opsawg-pcapng): blocks in sections, each section with its own byte order and interfaces. */
export class PcapngFormat implements CaptureFormat {
  readonly #sink: FrameSink;
  #isLittleEndian = true;
  #interfaces: PcapngInterface[] = [];
  #lastTimeMs = 0;
  #hasReportedInterface = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  recordBytes(bytes: Uint8Array, at: number, available: number, fileOffset: number): number {
    if (available < HEADER_BYTES) return HEADER_BYTES;
    const isSection = readU32Be(bytes, at) === PCAPNG_SECTION_HEADER;
    if (isSection && !this.#readByteOrder(bytes, at + 8)) {
      return this.#damaged(fileOffset, "The section header has no byte-order magic");
    }
    const total = this.#u32(bytes, at + 4);
    if (total < HEADER_BYTES || total % 4 !== 0) {
      return this.#damaged(fileOffset, `A block claims a length of ${total} bytes`);
    }
    if (isSection || this.#isRead(this.#u32(bytes, at))) {
      return total <= MAX_BUFFERED_BLOCK_BYTES ? total : HEADER_BYTES;
    }
    return HEADER_BYTES;
  }

  record(bytes: Uint8Array, at: number, length: number, fileOffset: number): number {
    const total = this.#u32(bytes, at + 4);
    const type = this.#u32(bytes, at);
    if (total > length) {
      if (this.#isPacket(type)) this.#refuseLength(bytes, at, at, fileOffset, total);
      return total - length;
    }
    if (this.#u32(bytes, at + total - 4) !== total) {
      this.#damaged(fileOffset, "A block's two lengths differ");
      return -1;
    }
    const start = at + 8;
    const end = at + total - 4;
    if (type === PCAPNG_SECTION_HEADER) this.#interfaces = [];
    else if (type === INTERFACE_DESCRIPTION) this.#addInterface(bytes, start, end);
    else if (type === SIMPLE_PACKET) this.#simplePacket(bytes, start, end, fileOffset);
    else if (type === ENHANCED_PACKET || type === OBSOLETE_PACKET) {
      this.#packet(bytes, start, end, fileOffset, type === OBSOLETE_PACKET);
    }
    return 0;
  }

  #isPacket(type: number): boolean {
    return type === ENHANCED_PACKET || type === SIMPLE_PACKET || type === OBSOLETE_PACKET;
  }

  #isRead(type: number): boolean {
    return type === INTERFACE_DESCRIPTION || this.#isPacket(type);
  }

  #readByteOrder(bytes: Uint8Array, at: number): boolean {
    this.#isLittleEndian = readU32Le(bytes, at) === BYTE_ORDER_MAGIC;
    return this.#isLittleEndian || readU32Be(bytes, at) === BYTE_ORDER_MAGIC;
  }

  #addInterface(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 8 || this.#interfaces.length >= LIMITS.maxInterfaces) return;
    this.#interfaces.push(parseInterface(bytes, start, end, this.#isLittleEndian));
  }

  #packet(bytes: Uint8Array, start: number, end: number, fileOffset: number, isObsolete: boolean): void {
    if (end - start < 20) {
      this.#refuseLength(bytes, start, start, fileOffset, end - start);
      return;
    }
    const index = isObsolete ? this.#u16(bytes, start) : this.#u32(bytes, start);
    const captured = this.#u32(bytes, start + 12);
    const data = start + 20;
    if (captured > end - data || captured > LIMITS.maxFrameBytes) {
      this.#refuseLength(bytes, data, end, fileOffset, captured);
      return;
    }
    const interface_ = this.#interfaces[index];
    if (interface_ !== undefined) {
      const high = this.#u32(bytes, start + 4);
      const low = this.#u32(bytes, start + 8);
      this.#lastTimeMs = toWholeMs(high, low, interface_) + interface_.offsetMs;
    }
    this.#tell(bytes, data, data + captured, this.#u32(bytes, start + 16), interface_, index);
  }

  /** A simple packet belongs to the first interface and has no time of its own: the last one seen is used. */
  #simplePacket(bytes: Uint8Array, start: number, end: number, fileOffset: number): void {
    if (end - start < 4) {
      this.#refuseLength(bytes, start, start, fileOffset, end - start);
      return;
    }
    const wireBytes = this.#u32(bytes, start);
    const interface_ = this.#interfaces[0];
    const snapBytes = interface_?.snapBytes || LIMITS.maxFrameBytes;
    const captured = Math.min(wireBytes, snapBytes, end - start - 4);
    if (captured > LIMITS.maxFrameBytes) {
      this.#refuseLength(bytes, start, end, fileOffset, captured);
      return;
    }
    this.#tell(bytes, start + 4, start + 4 + captured, wireBytes, interface_, 0);
  }

  #tell(
    bytes: Uint8Array,
    start: number,
    end: number,
    wireBytes: number,
    interface_: PcapngInterface | undefined,
    index: number,
  ): void {
    if (interface_ === undefined) {
      if (!this.#hasReportedInterface) this.#refuseInterface(index, "is not described in the file");
      this.#hasReportedInterface = true;
      this.#sink.frame(bytes, start, end, wireBytes, this.#lastTimeMs, -1, "unknown-interface");
      return;
    }
    const isKnown = isKnownLinkType(interface_.linkType);
    if (!isKnown && !interface_.isReported) {
      interface_.isReported = true;
      this.#refuseInterface(index, `has the unsupported link type ${interface_.linkType}`, "link-type");
    }
    const linkType = isKnown ? interface_.linkType : -1;
    const skipReason = isKnown ? "" : "unknown-link-type";
    this.#sink.frame(bytes, start, end, wireBytes, this.#lastTimeMs, linkType, skipReason);
  }

  #refuseInterface(index: number, reason: string, code = "unknown-interface"): void {
    this.#sink.issue({
      level: "refused",
      code,
      where: `frame ${this.#sink.frames + 1}`,
      message: `Interface ${index} ${reason}; its frames are left out.`,
    });
  }

  /** The block's own length still holds, so only this frame is lost. */
  #refuseLength(bytes: Uint8Array, start: number, end: number, fileOffset: number, claimed: number): void {
    this.#sink.issue({
      level: "refused",
      code: "packet-length",
      where: `frame ${this.#sink.frames + 1}, byte ${fileOffset}`,
      message: `The packet claims ${claimed} bytes, which its block or the limit of ${LIMITS.maxFrameBytes} does not allow; it is left out.`,
    });
    this.#sink.frame(bytes, start, end, 0, this.#lastTimeMs, -1, "packet-length");
  }

  #damaged(fileOffset: number, what: string): 0 {
    this.#sink.issue({
      level: "refused",
      code: "block-length",
      where: `byte ${fileOffset}`,
      message: `${what}; the file is damaged from here on.`,
      fatal: true,
    });
    return 0;
  }

  #u16(bytes: Uint8Array, at: number): number {
    return this.#isLittleEndian ? readU16Le(bytes, at) : readU16Be(bytes, at);
  }

  #u32(bytes: Uint8Array, at: number): number {
    return this.#isLittleEndian ? readU32Le(bytes, at) : readU32Be(bytes, at);
  }
}

/**
 * 64-bit units to whole milliseconds. Divided in two steps: nanoseconds since 1970 are more than a number holds
 * exactly. Clocks that do not count in parts of milliseconds are rare, and reckoned slowly.
 */
function toWholeMs(high: number, low: number, { unitsPerMs, unitsPerSecond }: PcapngInterface): number {
  if (!Number.isInteger(unitsPerMs)) return Number((((BigInt(high) << 32n) | BigInt(low)) * 1000n) / unitsPerSecond);
  const rest = (high % unitsPerMs) * 2 ** 32 + low;
  return Math.floor(high / unitsPerMs) * 2 ** 32 + Math.floor(rest / unitsPerMs);
}
