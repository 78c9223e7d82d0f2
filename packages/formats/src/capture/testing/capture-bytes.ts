import type { CaptureEvent, OtIdentityRecord } from "../../records.ts";
import { parseCapture } from "../parse-capture.ts";

// Captures by hand for the tests: every field is a parameter, so that it can be wrong.

export function concat(...parts: (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export function u16(value: number, isLittle = false): number[] {
  const bytes = [(value >>> 8) & 0xff, value & 0xff];
  return isLittle ? bytes.reverse() : bytes;
}

export function u32(value: number, isLittle = false): number[] {
  const bytes = [...u16(value >>> 16), ...u16(value & 0xffff)];
  return isLittle ? bytes.reverse() : bytes;
}

export function pcap(frames: readonly Uint8Array[], linkType = 1): Uint8Array<ArrayBuffer> {
  const head = [...u32(0xa1b2c3d4), ...u16(2), ...u16(4), ...u32(0), ...u32(0), ...u32(262144), ...u32(linkType)];
  const records = frames.map((frame, index) =>
    concat(u32(1000 + index), u32(0), u32(frame.length), u32(frame.length), frame),
  );
  return concat(head, ...records);
}

/** A pcapng block with the padding and both lengths. */
export function block(type: number, body: Uint8Array | readonly number[], isLittle = true): Uint8Array<ArrayBuffer> {
  const padding = new Uint8Array((4 - (body.length % 4)) % 4);
  const length = u32(12 + body.length + padding.length, isLittle);
  return concat(u32(type, isLittle), length, body, padding, length);
}

export function sectionHeader(isLittle = true): Uint8Array<ArrayBuffer> {
  const body = [...u32(0x1a2b3c4d, isLittle), ...u16(1, isLittle), ...u16(0), ...u32(0xffffffff), ...u32(0xffffffff)];
  return block(0x0a0d0d0a, body, isLittle);
}

export function interfaceBlock(linkType: number, options: readonly number[] = [], isLittle = true) {
  return block(1, [...u16(linkType, isLittle), ...u16(0), ...u32(0, isLittle), ...options], isLittle);
}

export function enhancedPacket(frame: Uint8Array, index = 0, high = 0, low = 0, isLittle = true) {
  const words = [index, high, low, frame.length, frame.length].flatMap((word) => u32(word, isLittle));
  return block(6, concat(words, frame), isLittle);
}

export const SERVER = { ip: [10, 0, 0, 1], mac: [0, 0x1d, 0x9c, 0, 0, 1] };
export const CLIENT = { ip: [10, 0, 0, 2], mac: [0, 0x50, 0x56, 0, 0, 2] };

export function ethernet(
  etherType: readonly number[],
  payload: Uint8Array | readonly number[],
  from = SERVER,
  to = CLIENT,
) {
  return concat(to.mac, from.mac, etherType, payload);
}

export type Ipv4Fields = {
  protocol: number;
  from?: { ip: number[] };
  to?: { ip: number[] };
  identification?: number;
  /** Flags and offset word. */
  fragment?: number;
  options?: number[];
  totalBytes?: number;
  timeToLive?: number;
};

export function ipv4(payload: Uint8Array | readonly number[], fields: Ipv4Fields): Uint8Array<ArrayBuffer> {
  const options = fields.options ?? [];
  const total = fields.totalBytes ?? 20 + options.length + payload.length;
  return concat(
    [0x45 + options.length / 4, 0, ...u16(total), ...u16(fields.identification ?? 1), ...u16(fields.fragment ?? 0)],
    [fields.timeToLive ?? 64, fields.protocol, 0, 0],
    (fields.from ?? SERVER).ip,
    (fields.to ?? CLIENT).ip,
    options,
    payload,
  );
}

/** `extensions` are header types and bodies; the last next-header is `protocol`. */
export function ipv6(
  payload: Uint8Array,
  protocol: number,
  extensions: [number, number[]][] = [],
): Uint8Array<ArrayBuffer> {
  const address = (last: number) => [0xfd, 0, ...new Array<number>(13).fill(0), last];
  const chain = extensions.flatMap(([, body], index) => [extensions[index + 1]?.[0] ?? protocol, ...body]);
  const first = extensions[0]?.[0] ?? protocol;
  const head = [0x60, 0, 0, 0, ...u16(chain.length + payload.length), first, 64];
  return concat(head, address(1), address(2), chain, payload);
}

export function udp(payload: Uint8Array, sourcePort = 44818, targetPort = 50000): Uint8Array<ArrayBuffer> {
  return concat(u16(sourcePort), u16(targetPort), u16(8 + payload.length), u16(0), payload);
}

export type TcpFields = { sequence: number; flags?: number; sourcePort?: number; targetPort?: number };

export function tcp(payload: Uint8Array | readonly number[], fields: TcpFields): Uint8Array<ArrayBuffer> {
  const { sequence, flags = 0x18, sourcePort = 102, targetPort = 50000 } = fields;
  return concat(u16(sourcePort), u16(targetPort), u32(sequence), u32(0), [0x50, flags], u16(8192), u32(0), payload);
}

/** An Ethernet frame from the server's port to the client. */
export function tcpFrame(payload: Uint8Array | readonly number[], fields: TcpFields): Uint8Array<ArrayBuffer> {
  return ethernet([8, 0], ipv4(tcp(payload, fields), { protocol: 6 }));
}

/** A ListIdentity answer of a 1756-EN2T/D, revision 10.7, serial 0x00d018e5. */
export function listIdentity(productName = "1756-EN2T/D", vendorId = 1): Uint8Array<ArrayBuffer> {
  const name = [...productName].map((character) => character.charCodeAt(0));
  const item = [
    ...[1, 0, ...u16(2), ...u16(44818), 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ...[...u16(vendorId, true), 12, 0, 166, 0, 10, 7, 0x30, 0, 0xe5, 0x18, 0xd0, 0, name.length, ...name, 3],
  ];
  const data = [1, 0, 0x0c, 0, ...u16(item.length, true), ...item];
  return concat([0x63, 0, ...u16(data.length, true)], new Uint8Array(20), data);
}

/** One S7 answer to an SZL read, without TPKT and COTP. */
export function szlAnswer(list: Uint8Array, reference = 0, hasMore = 0): Uint8Array<ArrayBuffer> {
  const parameters = [0, 1, 0x12, 8, 0x12, 0x84, 1, 1, reference, hasMore, 0, 0];
  const sizes = [...u16(parameters.length), ...u16(4 + list.length)];
  return concat([0x32, 7, 0, 0, 0, 1, ...sizes, ...parameters, 0xff, 9, ...u16(list.length)], list);
}

/** TPKT and a COTP data unit. */
export function tpkt(unit: Uint8Array, isLast = true): Uint8Array<ArrayBuffer> {
  return concat([3, 0, ...u16(7 + unit.length), 2, 0xf0, isLast ? 0x80 : 0], unit);
}

/** Partial list 0x0011 of a CPU 315 with firmware V3.2.7. */
export function moduleList(): Uint8Array<ArrayBuffer> {
  const entry = (index: number, text: string, version: number[]) =>
    concat(u16(index), new TextEncoder().encode(text.padEnd(20)), [0, 0xc0, ...version]);
  const order = "6ES7 315-2EH14-0AB0";
  return concat(
    [0, 0x11, 0, 0, 0, 28, 0, 3],
    entry(1, order, [0, 3, 0, 1]),
    entry(6, order, [0, 3, 0, 1]),
    entry(7, "", [0x56, 3, 2, 7]),
  );
}

export async function* inChunks(bytes: Uint8Array, chunkBytes = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.slice(at, at + chunkBytes);
}

export async function eventsOf(source: AsyncIterable<Uint8Array>): Promise<CaptureEvent[]> {
  const events: CaptureEvent[] = [];
  for await (const batch of parseCapture(source)) events.push(...batch);
  return events;
}

export function identitiesOf(events: readonly CaptureEvent[]): OtIdentityRecord[] {
  return events.flatMap((event) => (event.type === "identity" ? [event.identity] : []));
}

export function issuesOf(events: readonly CaptureEvent[]): string[] {
  return events.flatMap((event) => (event.type === "issue" ? [`${event.issue.code} at ${event.issue.where}`] : []));
}

export function endOf(events: readonly CaptureEvent[]) {
  const end = events.at(-1);
  if (end?.type !== "end") throw new Error("the last event is not the end");
  return end;
}
