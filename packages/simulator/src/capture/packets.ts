import type { PlantHost } from "./plant.ts";

const ETHERNET_BYTES = 14;
const MIN_FRAME_BYTES = 60;
const IPV4_BYTES = 20;
const TCP_BYTES = 20;
const UDP_BYTES = 8;
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;

export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_PSH = 0x08;
export const TCP_ACK = 0x10;

/** One end of a conversation, its addresses in wire form. */
export type Endpoint = { ip: Uint8Array; mac: Uint8Array; timeToLive: number; nextIpId: number };

export const BROADCAST: Endpoint = {
  ip: Uint8Array.of(255, 255, 255, 255),
  mac: new Uint8Array(6).fill(0xff),
  timeToLive: 0,
  nextIpId: 0,
};

export function toEndpoint(host: PlantHost, firstIpId: number): Endpoint {
  return {
    ip: Uint8Array.from(host.ipAddress.split("."), Number),
    mac: Uint8Array.from(host.macAddress.split(":"), (part) => Number.parseInt(part, 16)),
    timeToLive: host.timeToLive ?? 64,
    nextIpId: firstIpId,
  };
}

export type TcpFields = {
  sourcePort: number;
  targetPort: number;
  sequence: number;
  acknowledgment: number;
  flags: number;
  payload: Uint8Array;
};

/** An Ethernet frame with a TCP segment, checksums computed; a SYN carries the maximum segment size. */
export function tcpFrame(source: Endpoint, target: Endpoint, fields: TcpFields): Uint8Array {
  const optionBytes = (fields.flags & TCP_SYN) !== 0 ? 4 : 0;
  const headerBytes = TCP_BYTES + optionBytes;
  const { frame, view, at } = ipv4Frame(source, target, PROTOCOL_TCP, headerBytes + fields.payload.length);
  view.setUint16(at, fields.sourcePort);
  view.setUint16(at + 2, fields.targetPort);
  view.setUint32(at + 4, fields.sequence);
  view.setUint32(at + 8, fields.acknowledgment);
  view.setUint8(at + 12, (headerBytes / 4) << 4);
  view.setUint8(at + 13, fields.flags);
  view.setUint16(at + 14, 8192);
  // Option 2, maximum segment size 1460.
  if (optionBytes > 0) view.setUint32(at + TCP_BYTES, 0x020405b4);
  frame.set(fields.payload, at + headerBytes);
  setTransportChecksum(view, at, headerBytes + fields.payload.length, PROTOCOL_TCP, at + 16);
  return frame;
}

export function udpFrame(
  source: Endpoint,
  target: Endpoint,
  sourcePort: number,
  targetPort: number,
  payload: Uint8Array,
): Uint8Array {
  const length = UDP_BYTES + payload.length;
  const { frame, view, at } = ipv4Frame(source, target, PROTOCOL_UDP, length);
  view.setUint16(at, sourcePort);
  view.setUint16(at + 2, targetPort);
  view.setUint16(at + 4, length);
  frame.set(payload, at + UDP_BYTES);
  setTransportChecksum(view, at, length, PROTOCOL_UDP, at + 6);
  return frame;
}

/** ARP for IPv4 over Ethernet (RFC 826): operation 1 asks everybody, 2 answers the asker. */
export function arpFrame(operation: 1 | 2, sender: Endpoint, target: Endpoint): Uint8Array {
  const frame = new Uint8Array(MIN_FRAME_BYTES);
  const view = new DataView(frame.buffer);
  const isRequest = operation === 1;
  setEthernet(frame, view, sender, isRequest ? BROADCAST : target, 0x0806);
  const at = ETHERNET_BYTES;
  view.setUint16(at, 1);
  view.setUint16(at + 2, 0x0800);
  view.setUint8(at + 4, 6);
  view.setUint8(at + 5, 4);
  view.setUint16(at + 6, operation);
  frame.set(sender.mac, at + 8);
  frame.set(sender.ip, at + 14);
  if (!isRequest) frame.set(target.mac, at + 18);
  frame.set(target.ip, at + 24);
  return frame;
}

/** An Ethernet frame that carries something else than IP, padded to the least length. */
export function ethernetFrame(
  source: Endpoint,
  targetMac: readonly number[],
  etherType: number,
  payload: Uint8Array,
): Uint8Array {
  const frame = new Uint8Array(Math.max(MIN_FRAME_BYTES, ETHERNET_BYTES + payload.length));
  frame.set(targetMac, 0);
  frame.set(source.mac, 6);
  new DataView(frame.buffer).setUint16(12, etherType);
  frame.set(payload, ETHERNET_BYTES);
  return frame;
}

function ipv4Frame(source: Endpoint, target: Endpoint, protocol: number, payloadBytes: number) {
  const totalBytes = IPV4_BYTES + payloadBytes;
  const frame = new Uint8Array(Math.max(MIN_FRAME_BYTES, ETHERNET_BYTES + totalBytes));
  const view = new DataView(frame.buffer);
  setEthernet(frame, view, source, target, 0x0800);
  const at = ETHERNET_BYTES;
  view.setUint8(at, 0x45);
  view.setUint16(at + 2, totalBytes);
  view.setUint16(at + 4, source.nextIpId);
  source.nextIpId = (source.nextIpId + 1) & 0xffff;
  view.setUint8(at + 8, source.timeToLive);
  view.setUint8(at + 9, protocol);
  frame.set(source.ip, at + 12);
  frame.set(target.ip, at + 16);
  view.setUint16(at + 10, fold(sumWords(view, at, IPV4_BYTES)));
  return { frame, view, at: at + IPV4_BYTES };
}

function setEthernet(frame: Uint8Array, view: DataView, source: Endpoint, target: Endpoint, etherType: number): void {
  frame.set(target.mac, 0);
  frame.set(source.mac, 6);
  view.setUint16(12, etherType);
}

/** RFC 9293 and RFC 768: over a pseudo header of addresses, protocol and length, and the segment itself. */
function setTransportChecksum(view: DataView, at: number, length: number, protocol: number, checksumAt: number): void {
  const addresses = sumWords(view, ETHERNET_BYTES + 12, 8);
  const checksum = fold(addresses + protocol + length + sumWords(view, at, length));
  // UDP keeps 0 for "not computed".
  view.setUint16(checksumAt, protocol === PROTOCOL_UDP && checksum === 0 ? 0xffff : checksum);
}

function sumWords(view: DataView, start: number, length: number): number {
  let sum = 0;
  const end = start + length;
  for (let at = start; at + 1 < end; at += 2) sum += view.getUint16(at);
  if (length % 2 === 1) sum += view.getUint8(end - 1) << 8;
  return sum;
}

/** One's complement of the one's complement sum (RFC 1071). */
function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}
