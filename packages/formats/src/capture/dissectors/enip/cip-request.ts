import { readU16Le } from "../../byte-order.ts";

// Services and classes (CIP volume 1, appendix A and chapters 3 and 5).
const GET_ATTRIBUTES_ALL = 0x01;
const MULTIPLE_SERVICE = 0x0a;
const UNCONNECTED_SEND = 0x52;
const FORWARD_OPEN = 0x54;
const LARGE_FORWARD_OPEN = 0x5b;
const REPLY = 0x80;
const CLASS_IDENTITY = 0x01;
const CLASS_MESSAGE_ROUTER = 0x02;
const CLASS_CONNECTION_MANAGER = 0x06;
/** Priority, time-out, and length of the embedded message. */
const SEND_HEAD_BYTES = 4;
const PORT_BACKPLANE = 1;
/** Answers of several services of which some failed. */
const STATUS_EMBEDDED_ERROR = 0x1e;
const MAX_PARTS = 64;
/** Forward_Open: up to the network parameters of one direction, of 2 bytes, or 4 in a large one, two times. */
const OPEN_HEAD_BYTES = 22;
const RPI_BYTES = 4;

/** Whom a message is for: the device that has the address, or the module in a slot of its chassis. */
export type Target = { slot: number | null };
/** A read of the identity object: alone, or as one of several services (its place among them). */
export type IdentityRead = Target & { part: number | null };
/** Ids of a connection's two directions, each chosen by who receives there. */
export type ConnectionIds = { toTarget: number; toOriginator: number };

type Bytes = { bytes: Uint8Array; start: number; end: number };

/** Whose identity a message asks for; null for all other messages. */
export function readIdentityRead(message: Bytes): IdentityRead | null {
  return throughRoute(message, identityPart);
}

/** With whom a message opens a connection for messages; null for all others, those of I/O connections among them. */
export function readForwardOpen(message: Bytes): Target | null {
  return throughRoute(message, openedTarget);
}

/** Reads a message, or the one that an Unconnected Send carries to a module of this chassis. */
function throughRoute<Found extends Target>(message: Bytes, read: (message: Bytes) => Found | null): Found | null {
  const { bytes, start, end } = message;
  const dataAt = dataOf(message);
  if (dataAt < 0) return null;
  if (bytes[start] !== UNCONNECTED_SEND || classOfPath(bytes, start + 2, dataAt) !== CLASS_CONNECTION_MANAGER) {
    return read(message);
  }
  if (end - dataAt < SEND_HEAD_BYTES) return null;
  const innerAt = dataAt + SEND_HEAD_BYTES;
  const length = readU16Le(bytes, dataAt + 2);
  const routeAt = innerAt + length + (length % 2);
  if (routeAt + 2 > end) return null;
  const found = read({ bytes, start: innerAt, end: innerAt + length });
  const route = readRoute(bytes, routeAt + 2, Math.min(end, routeAt + 2 + 2 * bytes[routeAt]!));
  if (found === null || route === null || found.slot !== null) return null;
  return { ...found, slot: route.slot };
}

/** Where the data behind service and path begin; -1 when the message is too short. */
function dataOf({ bytes, start, end }: Bytes): number {
  if (end - start < 2) return -1;
  const dataAt = start + 2 + 2 * bytes[start + 1]!;
  return dataAt > end ? -1 : dataAt;
}

function identityPart(message: Bytes): IdentityRead | null {
  const { bytes, start, end } = message;
  const dataAt = dataOf(message);
  if (dataAt < 0) return null;
  const classId = classOfPath(bytes, start + 2, dataAt);
  if (bytes[start] === GET_ATTRIBUTES_ALL && classId === CLASS_IDENTITY) return { slot: null, part: null };
  if (bytes[start] !== MULTIPLE_SERVICE || classId !== CLASS_MESSAGE_ROUTER) return null;
  for (let part = 0; part < countOfParts(bytes, dataAt, end); part++) {
    const inner = partAt({ bytes, start: dataAt, end }, part);
    if (inner === null) return null;
    const innerData = dataOf(inner);
    const isRead = innerData >= 0 && bytes[inner.start] === GET_ATTRIBUTES_ALL;
    if (isRead && classOfPath(bytes, inner.start + 2, innerData) === CLASS_IDENTITY) return { slot: null, part };
  }
  return null;
}

/** Number of parts, the offset of each from that number, the parts. */
function countOfParts(bytes: Uint8Array, start: number, end: number): number {
  return end - start < 2 ? 0 : Math.min(MAX_PARTS, readU16Le(bytes, start));
}

function partAt({ bytes, start, end }: Bytes, part: number): Bytes | null {
  const offsetAt = start + 2 + 2 * part;
  if (part >= countOfParts(bytes, start, end) || offsetAt + 2 > end) return null;
  const partStart = start + readU16Le(bytes, offsetAt);
  const isLast = part + 1 >= countOfParts(bytes, start, end);
  const partEnd = isLast || offsetAt + 4 > end ? end : Math.min(end, start + readU16Le(bytes, offsetAt + 2));
  return partStart > offsetAt && partStart < partEnd ? { bytes, start: partStart, end: partEnd } : null;
}

/** Message connections lead to the message router, perhaps of a module behind the backplane. */
function openedTarget(message: Bytes): Target | null {
  const { bytes, start, end } = message;
  const dataAt = dataOf(message);
  const service = bytes[start];
  if (dataAt < 0 || (service !== FORWARD_OPEN && service !== LARGE_FORWARD_OPEN)) return null;
  if (classOfPath(bytes, start + 2, dataAt) !== CLASS_CONNECTION_MANAGER) return null;
  const parametersBytes = service === FORWARD_OPEN ? 2 : 4;
  // Behind both directions: the transport, the length of the path in words.
  const pathAt = dataAt + OPEN_HEAD_BYTES + 2 * (RPI_BYTES + parametersBytes) + 2;
  if (pathAt > end) return null;
  const pathEnd = Math.min(end, pathAt + 2 * bytes[pathAt - 1]!);
  const hasPort = pathEnd - pathAt > 2 && bytes[pathAt] === PORT_BACKPLANE;
  const isRouter = classOfPath(bytes, hasPort ? pathAt + 2 : pathAt, pathEnd) === CLASS_MESSAGE_ROUTER;
  return isRouter ? { slot: hasPort ? bytes[pathAt + 1]! : null } : null;
}

/** What the answer to a Forward_Open agreed on; null when it was refused. */
export function readForwardOpenAnswer({ bytes, start, end }: Bytes): ConnectionIds | null {
  const dataAt = dataOfAnswer({ bytes, start, end });
  const service = bytes[start];
  if (service !== (FORWARD_OPEN | REPLY) && service !== (LARGE_FORWARD_OPEN | REPLY)) return null;
  if (dataAt < 0 || bytes[start + 2] !== 0 || end - dataAt < 8) return null;
  return { toTarget: idAt(bytes, dataAt), toOriginator: idAt(bytes, dataAt + 4) };
}

/** A connection's id in an address item. */
export function idAt(bytes: Uint8Array, at: number): number {
  return readU16Le(bytes, at) + 0x1_0000 * readU16Le(bytes, at + 2);
}

/** Where the attributes of the identity object stand in the answer to a read; null when it was refused. */
export function findIdentityAttributes(message: Bytes, part: number | null): { start: number; end: number } | null {
  const { bytes, start, end } = message;
  const dataAt = dataOfAnswer(message);
  if (dataAt < 0) return null;
  if (part === null) {
    return bytes[start] === (GET_ATTRIBUTES_ALL | REPLY) && bytes[start + 2] === 0 ? { start: dataAt, end } : null;
  }
  const isSeveral = bytes[start] === (MULTIPLE_SERVICE | REPLY);
  if (!isSeveral || (bytes[start + 2] !== 0 && bytes[start + 2] !== STATUS_EMBEDDED_ERROR)) return null;
  const inner = partAt({ bytes, start: dataAt, end }, part);
  return inner === null ? null : findIdentityAttributes(inner, null);
}

/** Service, reserved, status, length of the extended status; -1 when the answer is too short. */
function dataOfAnswer({ bytes, start, end }: Bytes): number {
  if (end - start < 4) return -1;
  const dataAt = start + 4 + 2 * bytes[start + 3]!;
  return dataAt > end ? -1 : dataAt;
}

/** Class of a path `class, instance 1` in 8-bit or 16-bit segments; -1 for others. */
function classOfPath(bytes: Uint8Array, start: number, end: number): number {
  const at = { next: start };
  const classId = readSegment(bytes, at, end, 0x20);
  const instance = readSegment(bytes, at, end, 0x24);
  return instance === 1 && at.next === end ? classId : -1;
}

/** A logical segment of the type; -1 when there is none. */
function readSegment(bytes: Uint8Array, at: { next: number }, end: number, type: number): number {
  const start = at.next;
  if (bytes[start] === type && end - start >= 2) {
    at.next = start + 2;
    return bytes[start + 1]!;
  }
  if (bytes[start] === type + 1 && end - start >= 4) {
    at.next = start + 4;
    return readU16Le(bytes, start + 2);
  }
  return -1;
}

/** A slot of this chassis, or the device itself; null for routes that lead on to another network. */
function readRoute(bytes: Uint8Array, start: number, end: number): Target | null {
  if (end === start) return { slot: null };
  return end - start === 2 && bytes[start] === PORT_BACKPLANE ? { slot: bytes[start + 1]! } : null;
}
