import { readU16Le, readU32Le } from "../../byte-order.ts";
import type { Emit, EmitEvent, Message } from "../dissector.ts";
import { tellCipEvents } from "./cip-events.ts";
import {
  findIdentityAttributes,
  type IdentityRead,
  idAt,
  readForwardOpen,
  readForwardOpenAnswer,
  readIdentityRead,
  type Target,
} from "./cip-request.ts";
import { toHardwareIdentity } from "./hardware-identity.ts";
import { parseIdentityAttributes } from "./list-identity.ts";

// Encapsulation of messages (CIP volume 2, sections 2-4.7 and 2-4.8): interface handle, time-out, items.
const ENIP_HEADER_BYTES = 24;
const ITEMS_AT = ENIP_HEADER_BYTES + 6;
const ITEM_CONNECTED_ADDRESS = 0x00a1;
const ITEM_CONNECTED_DATA = 0x00b1;
const ITEM_UNCONNECTED_DATA = 0x00b2;
const ADDRESS_BYTES = 4;
const SEQUENCE_BYTES = 2;
const MAX_ITEMS = 8;

const MAX_REMEMBERED = 64;
/** The module's own word about itself, read through the chassis. */
const CONFIDENCE = 95;

type Connection = Target & { toOriginator: number };

/**
 * Reads of the identity object. Answers tell neither what was asked nor of whom, so questions are remembered: by sender
 * context, or by connection and sequence number. With whom a connection talks, only its opening says; messages of one
 * whose opening was not seen are left alone.
 */
export class CipSession {
  readonly #asked = new Remembered<string, IdentityRead>();
  readonly #opening = new Remembered<string, Target>();
  /** By the id of the direction to the target. */
  readonly #connections = new Remembered<number, Connection>();

  /** Takes a SendRRData unit. */
  message({ bytes, start, end, isFromServer }: Message, emit: Emit, emitEvent: EmitEvent): void {
    const item = findItem(bytes, start, end, ITEM_UNCONNECTED_DATA);
    if (item === null) return;
    const message = { bytes, ...item };
    const context = `${readU32Le(bytes, start + 12)} ${readU32Le(bytes, start + 16)}`;
    if (isFromServer) {
      const opened = this.#opening.take(context);
      const ids = opened && readForwardOpenAnswer(message);
      if (opened && ids) this.#connections.set(ids.toTarget, { ...opened, toOriginator: ids.toOriginator });
      this.#tell(context, message, emit);
      return;
    }
    // Clients may use one context for all: the last question counts.
    this.#asked.set(context, readIdentityRead(message));
    this.#opening.set(context, readForwardOpen(message));
    tellCipEvents(bytes, item.start, item.end, emitEvent);
  }

  /** Takes a SendUnitData unit. What a request does, it says itself; who answers, the opening of its connection. */
  connectedMessage({ bytes, start, end, isFromServer }: Message, emit: Emit, emitEvent: EmitEvent): void {
    const address = findItem(bytes, start, end, ITEM_CONNECTED_ADDRESS);
    const item = findItem(bytes, start, end, ITEM_CONNECTED_DATA);
    if (item === null || item.end - item.start < SEQUENCE_BYTES) return;
    const message = { bytes, start: item.start + SEQUENCE_BYTES, end: item.end };
    if (!isFromServer) tellCipEvents(bytes, message.start, message.end, emitEvent);
    if (address === null || address.end - address.start < ADDRESS_BYTES) return;
    const id = idAt(bytes, address.start);
    const sequence = readU16Le(bytes, item.start);
    if (isFromServer) {
      this.#tell(`${id}#${sequence}`, message, emit);
      return;
    }
    const connection = this.#connections.get(id);
    const read = connection && readIdentityRead(message);
    // From a module on to another one is no matter of this chassis alone.
    if (!connection || !read || (connection.slot !== null && read.slot !== null)) return;
    const slot = connection.slot ?? read.slot;
    this.#asked.set(`${connection.toOriginator}#${sequence}`, { ...read, slot });
  }

  clear(): void {
    this.#asked.clear();
    this.#opening.clear();
    this.#connections.clear();
  }

  #tell(key: string, message: { bytes: Uint8Array; start: number; end: number }, emit: Emit): void {
    const asked = this.#asked.take(key);
    const found = asked && findIdentityAttributes(message, asked.part);
    const identity = found && parseIdentityAttributes(message.bytes, found.start, found.end);
    if (!asked || !identity) return;
    const hardware = toHardwareIdentity(identity);
    const { slot } = asked;
    const told = slot === null ? { hardware } : { hardware: {}, modules: [{ rack: null, slot, hardware }] };
    emit({ ...told, confidence: CONFIDENCE, protocol: "cip" });
  }
}

/** A few things by key: when there are too many, all are forgotten. */
class Remembered<Key, Thing> {
  readonly #things = new Map<Key, Thing>();

  get(key: Key): Thing | undefined {
    return this.#things.get(key);
  }

  take(key: Key): Thing | undefined {
    const thing = this.#things.get(key);
    this.#things.delete(key);
    return thing;
  }

  /** @param thing null forgets what was there */
  set(key: Key, thing: Thing | null): void {
    this.#things.delete(key);
    if (thing === null) return;
    if (this.#things.size >= MAX_REMEMBERED) this.#things.clear();
    this.#things.set(key, thing);
  }

  clear(): void {
    this.#things.clear();
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
