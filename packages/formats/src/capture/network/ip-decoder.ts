import { readI32Be, readU16Be, readU32Be } from "../byte-order.ts";
import type { MemoryBudget } from "../limits.ts";
import { type AddressTable, isFromThisLink } from "./address-table.ts";
import { FragmentTable } from "./fragment-table.ts";

const MIN_IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const MAX_EXTENSION_HEADERS = 16;

/** Next-header numbers of IPv6 extension headers (RFC 8200 section 4). */
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;

/** One IP packet's ends and payload; reused from frame to frame. */
export type IpPacket = {
  family: 4 | 6;
  /** IPv4: the address; IPv6: its number in the address table. */
  sourceKey: number;
  targetKey: number;
  protocol: number;
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Payload the capture cut off. */
  missingBytes: number;
  isFromThisLink: boolean;
};

/** `held`: a fragment of a datagram that is not complete; any other text: why the frame is skipped. */
export type IpOutcome = "packet" | "held" | (string & {});

/** Reads IPv4 and IPv6 headers and puts fragmented datagrams together. */
export class IpDecoder {
  readonly packet: IpPacket = {
    family: 4,
    sourceKey: 0,
    targetKey: 0,
    protocol: 0,
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    missingBytes: 0,
    isFromThisLink: false,
  };
  readonly #addresses: AddressTable;
  readonly fragments: FragmentTable;

  constructor(addresses: AddressTable, budget: MemoryBudget) {
    this.#addresses = addresses;
    this.fragments = new FragmentTable(budget);
  }

  decodeIpv4(bytes: Uint8Array, start: number, end: number, timeMs: number): IpOutcome {
    const available = end - start;
    if (available < MIN_IPV4_HEADER_BYTES) return "short-ip";
    const headerBytes = (bytes[start]! & 0x0f) * 4;
    if (bytes[start]! >> 4 !== 4 || headerBytes < MIN_IPV4_HEADER_BYTES || headerBytes > available) return "ip-header";
    // A length of zero is what a sending host with segmentation offload captures of itself.
    const totalBytes = readU16Be(bytes, start + 2) || available;
    if (totalBytes < headerBytes) return "ip-header";
    const packet = this.packet;
    packet.family = 4;
    packet.sourceKey = readI32Be(bytes, start + 12);
    packet.targetKey = readI32Be(bytes, start + 16);
    packet.protocol = bytes[start + 9]!;
    packet.isFromThisLink = isFromThisLink(bytes[start + 8]!);
    this.#setPayload(bytes, start + headerBytes, Math.min(end, start + totalBytes), totalBytes - available);
    const fragment = readU16Be(bytes, start + 6) & 0x3fff;
    if (fragment === 0) return "packet";
    const key = `4 ${packet.sourceKey} ${packet.targetKey} ${packet.protocol} ${readU16Be(bytes, start + 4)}`;
    return this.#addFragment(key, (fragment & 0x1fff) * 8, (fragment & 0x2000) === 0, timeMs);
  }

  decodeIpv6(bytes: Uint8Array, start: number, end: number, timeMs: number): IpOutcome {
    const available = end - start - IPV6_HEADER_BYTES;
    if (available < 0) return "short-ip";
    if (bytes[start]! >> 4 !== 6) return "ip-header";
    const payloadBytes = readU16Be(bytes, start + 4) || available;
    const packet = this.packet;
    packet.family = 6;
    packet.sourceKey = this.#internIpv6(bytes, start + 8);
    packet.targetKey = this.#internIpv6(bytes, start + 24);
    packet.protocol = bytes[start + 6]!;
    packet.isFromThisLink = isFromThisLink(bytes[start + 7]!);
    if (packet.sourceKey < 0 || packet.targetKey < 0) return "address-limit";
    const payloadEnd = Math.min(end, start + IPV6_HEADER_BYTES + payloadBytes);
    this.#setPayload(bytes, start + IPV6_HEADER_BYTES, payloadEnd, payloadBytes - available);
    return this.#skipExtensions(timeMs);
  }

  #setPayload(bytes: Uint8Array, start: number, end: number, missingBytes: number): void {
    this.packet.bytes = bytes;
    this.packet.start = start;
    this.packet.end = end;
    this.packet.missingBytes = Math.max(0, missingBytes);
  }

  #skipExtensions(timeMs: number): IpOutcome {
    const packet = this.packet;
    for (let headers = 0; headers < MAX_EXTENSION_HEADERS; headers++) {
      const { bytes, start, end, protocol } = packet;
      const isSkipped = protocol === HOP_BY_HOP || protocol === ROUTING || protocol === DESTINATION_OPTIONS;
      if (!isSkipped && protocol !== AUTHENTICATION && protocol !== FRAGMENT) return "packet";
      if (end - start < 8) return "ip-header";
      packet.protocol = bytes[start]!;
      if (protocol === FRAGMENT) {
        packet.start = start + 8;
        const outcome = this.#addIpv6Fragment(bytes, start, timeMs);
        if (outcome !== "packet") return outcome;
      } else {
        packet.start =
          start + (protocol === AUTHENTICATION ? (bytes[start + 1]! + 2) * 4 : (bytes[start + 1]! + 1) * 8);
        if (packet.start > end) return "ip-header";
      }
    }
    return "ip-header";
  }

  #addIpv6Fragment(bytes: Uint8Array, at: number, timeMs: number): IpOutcome {
    const word = readU16Be(bytes, at + 2);
    const isLast = (word & 1) === 0;
    // An atomic fragment (RFC 6946) is whole.
    if (isLast && word >> 3 === 0) return "packet";
    const key = `6 ${this.packet.sourceKey} ${this.packet.targetKey} ${readU32Be(bytes, at + 4)}`;
    return this.#addFragment(key, word & 0xfff8, isLast, timeMs);
  }

  #addFragment(key: string, offset: number, isLast: boolean, timeMs: number): IpOutcome {
    const packet = this.packet;
    if (packet.missingBytes > 0) return "fragment-cut";
    const whole = this.fragments.add(key, offset, isLast, packet.bytes, packet.start, packet.end, timeMs);
    if (whole === null) return "held";
    this.#setPayload(whole, 0, whole.length, 0);
    return "packet";
  }

  #internIpv6(bytes: Uint8Array, at: number): number {
    return this.#addresses.internIpv6(
      readI32Be(bytes, at),
      readI32Be(bytes, at + 4),
      readI32Be(bytes, at + 8),
      readI32Be(bytes, at + 12),
    );
  }
}
