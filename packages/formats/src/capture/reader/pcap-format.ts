import { readU16Be, readU16Le, readU32Be, readU32Le } from "../byte-order.ts";
import { LIMITS } from "../limits.ts";
import { isKnownLinkType } from "../network/link-layer.ts";
import type { CaptureFormat, FrameSink } from "./capture-format.ts";

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

export const PCAP_MAGIC_MICROSECONDS = 0xa1b2c3d4;
export const PCAP_MAGIC_NANOSECONDS = 0xa1b23c4d;

/** Classic capture files (draft-ietf-opsawg-pcap): a file header, then records of 16 bytes and the frame. */
export class PcapFormat implements CaptureFormat {
  readonly #sink: FrameSink;
  readonly #isLittleEndian: boolean;
  readonly #unitsPerMs: number;
  #linkType = -1;
  #hasHeader = false;

  constructor(sink: FrameSink, isLittleEndian: boolean, hasNanoseconds: boolean) {
    this.#sink = sink;
    this.#isLittleEndian = isLittleEndian;
    this.#unitsPerMs = hasNanoseconds ? 1_000_000 : 1_000;
  }

  recordBytes(bytes: Uint8Array, at: number, available: number, fileOffset: number): number {
    if (!this.#hasHeader) return FILE_HEADER_BYTES;
    if (available < RECORD_HEADER_BYTES) return RECORD_HEADER_BYTES;
    const captured = this.#u32(bytes, at + 8);
    if (captured <= LIMITS.maxFrameBytes) return RECORD_HEADER_BYTES + captured;
    this.#sink.issue({
      level: "refused",
      code: "packet-length",
      where: `frame ${this.#sink.frames + 1}, byte ${fileOffset}`,
      message: `The record claims ${captured} bytes, more than the ${LIMITS.maxFrameBytes} a frame may have; the file is damaged from here on.`,
      fatal: true,
    });
    return 0;
  }

  record(bytes: Uint8Array, at: number, length: number): number {
    if (!this.#hasHeader) return this.#fileHeader(bytes, at);
    const timeMs = this.#u32(bytes, at) * 1000 + Math.floor(this.#u32(bytes, at + 4) / this.#unitsPerMs);
    const wireBytes = this.#u32(bytes, at + 12);
    const start = at + RECORD_HEADER_BYTES;
    this.#sink.frame(bytes, start, at + length, wireBytes, timeMs, this.#linkType, "");
    return 0;
  }

  #fileHeader(bytes: Uint8Array, at: number): number {
    this.#hasHeader = true;
    // The upper half of the word tells about frame check sequences.
    this.#linkType = this.#isLittleEndian ? readU16Le(bytes, at + 20) : readU16Be(bytes, at + 22);
    if (isKnownLinkType(this.#linkType)) return 0;
    this.#sink.issue({
      level: "refused",
      code: "link-type",
      where: "byte 20",
      message: `Link type ${this.#linkType} is not supported; capture on Ethernet, a Linux "any" device, loopback or raw IP.`,
      fatal: true,
    });
    return -1;
  }

  #u32(bytes: Uint8Array, at: number): number {
    return this.#isLittleEndian ? readU32Le(bytes, at) : readU32Be(bytes, at);
  }
}
