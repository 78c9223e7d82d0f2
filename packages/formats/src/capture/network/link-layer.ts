import { readI32Be, readU16Be } from "../byte-order.ts";

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;
const ETHERTYPE_VLAN = 0x8100;
const ETHERTYPE_QINQ = 0x88a8;
const ETHERTYPE_QINQ_OLD = 0x9100;
/** Below this the word is an 802.3 length and an LLC header follows. */
const MIN_ETHERTYPE = 0x0600;
const MAX_VLAN_TAGS = 4;
const ARPHRD_ETHER = 1;

/** LINKTYPE_ values of draft-ietf-opsawg-pcaplinktype. 12 and 14 are the raw IP numbers that some systems wrote. */
const LINKTYPE = { null: 0, ethernet: 1, raw: 101, loop: 108, linuxSll: 113, ipv4: 228, ipv6: 229, linuxSll2: 276 };
const RAW_LINK_TYPES = new Set([LINKTYPE.raw, 12, 14, LINKTYPE.ipv4, LINKTYPE.ipv6]);
const KNOWN_LINK_TYPES = new Set([...Object.values(LINKTYPE), 12, 14]);

export function isKnownLinkType(linkType: number): boolean {
  return KNOWN_LINK_TYPES.has(linkType);
}

/** What is under the network layer of one frame. One object is reused for all frames. */
export type LinkHeader = {
  etherType: number;
  /** Where the network layer begins. */
  payloadAt: number;
  /** Source and destination MAC as 16 and 32 bits; -1 in the upper half when the link has none. */
  sourceHigh: number;
  sourceLow: number;
  targetHigh: number;
  targetLow: number;
};

export function newLinkHeader(): LinkHeader {
  return { etherType: 0, payloadAt: 0, sourceHigh: -1, sourceLow: 0, targetHigh: -1, targetLow: 0 };
}

/** Fills `header`. Answers null, or the reason why the frame is skipped. */
export function decodeLink(
  header: LinkHeader,
  bytes: Uint8Array,
  start: number,
  end: number,
  linkType: number,
): string | null {
  header.sourceHigh = -1;
  header.targetHigh = -1;
  if (linkType === LINKTYPE.ethernet) return decodeEthernet(header, bytes, start, end);
  if (linkType === LINKTYPE.linuxSll) return decodeLinuxCooked(header, bytes, start, end);
  if (linkType === LINKTYPE.linuxSll2) return decodeLinuxCooked2(header, bytes, start, end);
  if (RAW_LINK_TYPES.has(linkType)) return decodeRawIp(header, bytes, start, end);
  if (linkType === LINKTYPE.null || linkType === LINKTYPE.loop) {
    // The address family differs between systems; the IP version in the next byte does not.
    return decodeRawIp(header, bytes, start + 4, end);
  }
  return "unknown-link-type";
}

function decodeEthernet(header: LinkHeader, bytes: Uint8Array, start: number, end: number): string | null {
  if (end - start < 14) return "short-ethernet";
  header.targetHigh = readU16Be(bytes, start);
  header.targetLow = readI32Be(bytes, start + 2);
  header.sourceHigh = readU16Be(bytes, start + 6);
  header.sourceLow = readI32Be(bytes, start + 8);
  return decodeEtherType(header, bytes, start + 12, end);
}

function isVlanTag(type: number): boolean {
  return type === ETHERTYPE_VLAN || type === ETHERTYPE_QINQ || type === ETHERTYPE_QINQ_OLD;
}

/**
 * Reads the EtherType at `start`, below 802.1Q and 802.1ad tags and a SNAP header that encapsulates Ethernet.
 *
 * @param knownTags tags that stand before
 */
function decodeEtherType(
  header: LinkHeader,
  bytes: Uint8Array,
  start: number,
  end: number,
  knownTags = 0,
): string | null {
  let at = start;
  let type = readU16Be(bytes, at);
  for (let tags = knownTags; isVlanTag(type); tags++) {
    if (end - at < 6 || tags === MAX_VLAN_TAGS) return "vlan";
    at += 4;
    type = readU16Be(bytes, at);
  }
  if (type < MIN_ETHERTYPE) {
    const isSnap =
      end - at >= 10 && readI32Be(bytes, at + 2) === (0xaaaa0300 | 0) && readU16Be(bytes, at + 6) === 0x0000;
    if (!isSnap) return "llc";
    at += 8;
    type = readU16Be(bytes, at);
  }
  header.etherType = type;
  header.payloadAt = at + 2;
  return null;
}

function decodeLinuxCooked(header: LinkHeader, bytes: Uint8Array, start: number, end: number): string | null {
  if (end - start < 16) return "short-linux-cooked";
  if (readU16Be(bytes, start + 2) === ARPHRD_ETHER && readU16Be(bytes, start + 4) === 6) {
    header.sourceHigh = readU16Be(bytes, start + 6);
    header.sourceLow = readI32Be(bytes, start + 8);
  }
  return decodeEtherType(header, bytes, start + 14, end);
}

function decodeLinuxCooked2(header: LinkHeader, bytes: Uint8Array, start: number, end: number): string | null {
  if (end - start < 20) return "short-linux-cooked";
  if (readU16Be(bytes, start + 8) === ARPHRD_ETHER && bytes[start + 11] === 6) {
    header.sourceHigh = readU16Be(bytes, start + 12);
    header.sourceLow = readI32Be(bytes, start + 14);
  }
  header.etherType = readU16Be(bytes, start);
  header.payloadAt = start + 20;
  if (!isVlanTag(header.etherType)) return null;
  // The protocol stands at the beginning, so that a tag's own follows its two bytes behind the header.
  return end - start < 24 ? "vlan" : decodeEtherType(header, bytes, start + 22, end, 1);
}

function decodeRawIp(header: LinkHeader, bytes: Uint8Array, at: number, end: number): string | null {
  if (at >= end) return "short-ip";
  const version = bytes[at]! >> 4;
  if (version !== 4 && version !== 6) return "not-ip";
  header.etherType = version === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
  header.payloadAt = at;
  return null;
}
