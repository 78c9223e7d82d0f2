import { readU16Le, readU32Le } from "../../byte-order.ts";
import type { Emit, EmitEvent, Message } from "../dissector.ts";
import { tellCipEvents } from "./cip-events.ts";
import { toHardwareIdentity } from "./hardware-identity.ts";
import { parseIdentityAttributes } from "./list-identity.ts";

// Encapsulation of unconnected messages (CIP volume 2, section 2-4.7): interface handle, time-out, items.
const ENIP_HEADER_BYTES = 24;
const ITEMS_AT = ENIP_HEADER_BYTES + 6;
const ITEM_UNCONNECTED_DATA = 0x00b2;
const ITEM_CONNECTED_DATA = 0x00b1;
const SEQUENCE_BYTES = 2;
const MAX_ITEMS = 8;

// Services and classes (CIP volume 1, appendix A and chapters 3 and 5).
const GET_ATTRIBUTES_ALL = 0x01;
const UNCONNECTED_SEND = 0x52;
const REPLY = 0x80;
const CLASS_IDENTITY = 0x01;
const CLASS_CONNECTION_MANAGER = 0x06;
/** Priority, time-out, and length of the embedded message. */
const SEND_HEAD_BYTES = 4;
const PORT_BACKPLANE = 1;

const MAX_PENDING = 64;
/** The module's own word about itself, read through the chassis. */
const CONFIDENCE = 95;

/** Whom a request asks: the device that has the address, or the module in a slot of its chassis. */
type Asked = { slot: number | null };

/**
 * Reads of the identity object. Answers tell neither what was asked nor of whom, so the questions of one connection are
 * remembered by sender context. Reads by connected messages are left alone: with whom a connection talks, only its
 * opening says.
 */
export class CipSession {
  readonly #pending = new Map<string, Asked>();

  /** Takes a SendRRData unit. */
  message({ bytes, start, end, isFromServer }: Message, emit: Emit, emitEvent: EmitEvent): void {
    const item = findItem(bytes, start, end, ITEM_UNCONNECTED_DATA);
    if (item === null) return;
    const context = `${readU32Le(bytes, start + 12)} ${readU32Le(bytes, start + 16)}`;
    if (!isFromServer) {
      this.#ask(context, readRequest(bytes, item.start, item.end));
      tellCipEvents(bytes, item.start, item.end, emitEvent);
      return;
    }
    const asked = this.#pending.get(context);
    if (asked === undefined) return;
    this.#pending.delete(context);
    tellIdentity(bytes, item.start, item.end, asked, emit);
  }

  /** Takes a SendUnitData unit: what the request does, it says itself. */
  connectedMessage({ bytes, start, end, isFromServer }: Message, emitEvent: EmitEvent): void {
    const item = isFromServer ? null : findItem(bytes, start, end, ITEM_CONNECTED_DATA);
    if (item !== null) tellCipEvents(bytes, item.start + SEQUENCE_BYTES, item.end, emitEvent);
  }

  clear(): void {
    this.#pending.clear();
  }

  #ask(context: string, asked: Asked | null): void {
    // Clients may use one context for all: the last question counts.
    this.#pending.delete(context);
    if (asked === null) return;
    if (this.#pending.size >= MAX_PENDING) this.#pending.clear();
    this.#pending.set(context, asked);
  }
}

function findItem(bytes: Uint8Array, start: number, end: number, type: number): { start: number; end: number } | null {
  if (end - start < ITEMS_AT + 2) return null;
  let at = start + ITEMS_AT + 2;
  const items = Math.min(MAX_ITEMS, readU16Le(bytes, start + ITEMS_AT));
  for (let left = items; left > 0 && end - at >= 4; left--) {
    const itemEnd = at + 4 + readU16Le(bytes, at + 2);
    if (itemEnd > end) return null;
    if (readU16Le(bytes, at) === type) return { start: at + 4, end: itemEnd };
    at = itemEnd;
  }
  return null;
}

/** Whose identity the message asks for; null for all other messages. */
function readRequest(bytes: Uint8Array, start: number, end: number): Asked | null {
  if (end - start < 2) return null;
  const service = bytes[start];
  const dataAt = start + 2 + 2 * bytes[start + 1]!;
  if (dataAt > end) return null;
  const classId = classOfPath(bytes, start + 2, dataAt);
  if (service === GET_ATTRIBUTES_ALL && classId === CLASS_IDENTITY) return { slot: null };
  if (service !== UNCONNECTED_SEND || classId !== CLASS_CONNECTION_MANAGER) return null;
  if (end - dataAt < SEND_HEAD_BYTES) return null;
  const messageAt = dataAt + SEND_HEAD_BYTES;
  const length = readU16Le(bytes, dataAt + 2);
  const routeAt = messageAt + length + (length % 2);
  if (routeAt + 2 > end || !isIdentityRead(bytes, messageAt, messageAt + length)) return null;
  return readRoute(bytes, routeAt + 2, Math.min(end, routeAt + 2 + 2 * bytes[routeAt]!));
}

function isIdentityRead(bytes: Uint8Array, start: number, end: number): boolean {
  const asked = bytes[start] === UNCONNECTED_SEND ? null : readRequest(bytes, start, end);
  return asked !== null;
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
function readRoute(bytes: Uint8Array, start: number, end: number): Asked | null {
  if (end === start) return { slot: null };
  return end - start === 2 && bytes[start] === PORT_BACKPLANE ? { slot: bytes[start + 1]! } : null;
}

/** Service, reserved, status, length of the extended status; the attributes follow. */
function tellIdentity(bytes: Uint8Array, start: number, end: number, { slot }: Asked, emit: Emit): void {
  const isAnswer = end - start >= 4 && bytes[start] === (GET_ATTRIBUTES_ALL | REPLY) && bytes[start + 2] === 0;
  if (!isAnswer) return;
  const identity = parseIdentityAttributes(bytes, start + 4 + 2 * bytes[start + 3]!, end);
  if (identity === null) return;
  const hardware = toHardwareIdentity(identity);
  const told = slot === null ? { hardware } : { hardware: {}, modules: [{ rack: null, slot, hardware }] };
  emit({ ...told, confidence: CONFIDENCE, protocol: "cip" });
}
