import { readU32Be, readU32Le } from "../byte-order.ts";
import type { CaptureFormat, FrameSink } from "./capture-format.ts";
import { PCAP_MAGIC_MICROSECONDS, PCAP_MAGIC_NANOSECONDS, PcapFormat } from "./pcap-format.ts";
import { PCAPNG_SECTION_HEADER, PcapngFormat } from "./pcapng-format.ts";

const MAGIC_BYTES = 4;

/**
 * Cuts a capture file into frames, whatever the chunks it comes in. A record inside one chunk is read in place; only
 * one that spans chunks is copied, so the memory is that of the largest record.
 */
export class CaptureReader {
  readonly #sink: FrameSink;
  #format: CaptureFormat | null = null;
  #carry = new Uint8Array(4096);
  #carryBytes = 0;
  #skipBytes = 0;
  /** Of the next record in the file. */
  #offset = 0;
  #isDamaged = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** True when nothing after this point can be read; further chunks are ignored. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  /** Reads on; the chunk is not kept. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#isDamaged) {
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, chunk.length - at);
        this.#skipBytes -= skipped;
        this.#offset += skipped;
        at += skipped;
      } else if (this.#carryBytes > 0) {
        at = this.#fillCarry(chunk, at);
      } else {
        at = this.#readInPlace(chunk, at);
      }
    }
  }

  /** Tells what is wrong with the file's end. Answers whether the whole file was read. */
  end(): boolean {
    if (this.#isDamaged) return false;
    if (this.#offset === 0 && this.#carryBytes === 0) {
      this.#refuse("capture-empty", "byte 0", "The file is empty.");
      return false;
    }
    if (this.#format === null) {
      this.#refuse("not-a-capture", "byte 0", "The file is too short to be a capture.");
      return false;
    }
    if (this.#carryBytes === 0 && this.#skipBytes === 0) return true;
    const where = `frame ${this.#sink.frames + 1}, byte ${this.#offset}`;
    this.#refuse("capture-truncated", where, "The file ends inside a packet; everything before it was read.");
    return false;
  }

  /** Works through whole records of the chunk; what remains goes to the carry. */
  #readInPlace(chunk: Uint8Array, start: number): number {
    let at = start;
    if (this.#format === null) {
      if (chunk.length - at < MAGIC_BYTES) return this.#keep(chunk, at);
      this.#detect(chunk, at);
    }
    const format = this.#format;
    while (format !== null && at < chunk.length) {
      const length = format.recordBytes(chunk, at, chunk.length - at, this.#offset);
      if (length === 0) return this.#stop(at);
      if (length > chunk.length - at) return this.#keep(chunk, at);
      const skip = format.record(chunk, at, length, this.#offset);
      at += length;
      this.#offset += length;
      if (skip < 0) return this.#stop(at);
      if (skip > 0) {
        this.#skipBytes = skip;
        return at;
      }
    }
    return at;
  }

  /** Completes the record that began in an earlier chunk, byte by byte as far as its length is known. */
  #fillCarry(chunk: Uint8Array, start: number): number {
    let at = start;
    if (this.#format === null) {
      at = this.#append(chunk, at, MAGIC_BYTES);
      if (this.#carryBytes < MAGIC_BYTES) return at;
      this.#detect(this.#carry, 0);
    }
    const format = this.#format;
    while (format !== null) {
      const length = format.recordBytes(this.#carry, 0, this.#carryBytes, this.#offset);
      if (length === 0) return this.#stop(at);
      if (length > this.#carryBytes) {
        if (at === chunk.length) return at;
        at = this.#append(chunk, at, length);
        continue;
      }
      this.#carryBytes = 0;
      const skip = format.record(this.#carry, 0, length, this.#offset);
      this.#offset += length;
      if (skip < 0) return this.#stop(at);
      this.#skipBytes = skip;
      return at;
    }
    return at;
  }

  #keep(chunk: Uint8Array, at: number): number {
    return this.#append(chunk, at, chunk.length - at);
  }

  /** Fills the carry up to `wantedBytes` from the chunk; answers where the chunk goes on. */
  #append(chunk: Uint8Array, at: number, wantedBytes: number): number {
    const end = Math.min(chunk.length, at + wantedBytes - this.#carryBytes);
    const needed = this.#carryBytes + end - at;
    if (needed > this.#carry.length) {
      const grown = new Uint8Array(Math.max(needed, this.#carry.length * 2));
      grown.set(this.#carry.subarray(0, this.#carryBytes));
      this.#carry = grown;
    }
    this.#carry.set(chunk.subarray(at, end), this.#carryBytes);
    this.#carryBytes = needed;
    return end;
  }

  #stop(at: number): number {
    this.#isDamaged = true;
    return at;
  }

  #detect(bytes: Uint8Array, at: number): void {
    const big = readU32Be(bytes, at);
    const little = readU32Le(bytes, at);
    if (big === PCAPNG_SECTION_HEADER) this.#format = new PcapngFormat(this.#sink);
    else if (big === PCAP_MAGIC_MICROSECONDS || big === PCAP_MAGIC_NANOSECONDS) {
      this.#format = new PcapFormat(this.#sink, false, big === PCAP_MAGIC_NANOSECONDS);
    } else if (little === PCAP_MAGIC_MICROSECONDS || little === PCAP_MAGIC_NANOSECONDS) {
      this.#format = new PcapFormat(this.#sink, true, little === PCAP_MAGIC_NANOSECONDS);
    } else {
      const isGzip = big >>> 8 === 0x1f8b08;
      const hint = isGzip ? "The file is gzip-compressed; unpack it first." : "The file is neither pcap nor pcapng.";
      this.#refuse("not-a-capture", "byte 0", hint);
      this.#isDamaged = true;
    }
  }

  #refuse(code: string, where: string, message: string): void {
    this.#sink.issue({ level: "refused", code, where, message, fatal: true });
  }
}
