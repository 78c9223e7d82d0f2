import { readU16Le, readU32Le } from "../../byte-order.ts";
import type { Dissector, Emit, EmitEvent, Message, Session } from "../dissector.ts";
import { CipSession } from "./cip-session.ts";
import { toHardwareIdentity } from "./hardware-identity.ts";
import { parseListIdentityItem } from "./list-identity.ts";

/** EtherNet/IP encapsulation (CIP volume 2, section 2-3): 24 bytes, then the command's data. */
const HEADER_BYTES = 24;
const PORT = 44818;
/** Of class 1 connections, whose packets have no encapsulation header: two items, the first of eight bytes. */
const IO_PORT = 2222;
const IMPLICIT_HEAD_BYTES = 18;
const ITEM_SEQUENCED_ADDRESS = 0x8002;
const ITEM_CONNECTED_DATA = 0x00b1;

const COMMAND_LIST_IDENTITY = 0x0063;
const COMMAND_SEND_RR_DATA = 0x006f;
const COMMAND_SEND_UNIT_DATA = 0x0070;
const ITEM_IDENTITY = 0x000c;
/** NOP, ListServices, ListIdentity, ListInterfaces, Register, UnRegister, SendRRData, SendUnitData, IndicateStatus, Cancel. */
const COMMANDS = new Set([0x00, 0x04, 0x63, 0x64, 0x65, 0x66, 0x6f, 0x70, 0x72, 0x73]);

/** A device's own word about itself; only a configured mirror could say otherwise. */
const CONFIDENCE = 95;

function isHeader(bytes: Uint8Array, at: number): boolean {
  // Options are zero by the standard; with the command they tell a header from payload after a lost segment.
  return COMMANDS.has(readU16Le(bytes, at)) && readU32Le(bytes, at + 20) === 0;
}

function readMessage(message: Message, emit: Emit): string | null {
  const { bytes, start, end } = message;
  if (end - start < HEADER_BYTES || !isHeader(bytes, start)) return null;
  const isAnswer = readU16Le(bytes, start) === COMMAND_LIST_IDENTITY && readU32Le(bytes, start + 8) === 0;
  if (!isAnswer) return "enip";
  const dataEnd = Math.min(end, start + HEADER_BYTES + readU16Le(bytes, start + 2));
  let at = start + HEADER_BYTES;
  if (dataEnd - at < 2) return "enip";
  let items = readU16Le(bytes, at);
  at += 2;
  for (; items > 0 && dataEnd - at >= 4; items--) {
    const itemEnd = at + 4 + readU16Le(bytes, at + 2);
    if (readU16Le(bytes, at) === ITEM_IDENTITY) {
      const identity = parseListIdentityItem(bytes, at + 4, Math.min(itemEnd, dataEnd));
      if (identity !== null) emit({ hardware: toHardwareIdentity(identity), confidence: CONFIDENCE });
    }
    at = itemEnd;
  }
  return "enip";
}

/** A packet of a class 1 connection (CIP volume 2, section 2-6): what I/O and its scanner send each other without being asked. */
function isImplicitData({ bytes, start, end }: Message): boolean {
  if (end - start < IMPLICIT_HEAD_BYTES || readU16Le(bytes, start + 2) !== ITEM_SEQUENCED_ADDRESS) return false;
  return readU16Le(bytes, start + 4) === 8 && readU16Le(bytes, start + 14) === ITEM_CONNECTED_DATA;
}

class EnipSession implements Session {
  readonly #cip = new CipSession();

  message(message: Message, emit: Emit, emitEvent: EmitEvent): string | null {
    const protocol = readMessage(message, emit);
    if (protocol === null) return null;
    const command = readU16Le(message.bytes, message.start);
    if (command === COMMAND_SEND_RR_DATA) this.#cip.message(message, emit, emitEvent);
    else if (command === COMMAND_SEND_UNIT_DATA) this.#cip.connectedMessage(message, emit, emitEvent);
    return protocol;
  }

  gap(): void {
    this.#cip.clear();
  }

  close(): void {}
}

/** EtherNet/IP: identity from ListIdentity answers over UDP and TCP, and from reads of CIP identity objects. */
export const enipDissector: Dissector = {
  protocol: "enip",
  tcp: {
    ports: [PORT],
    framing: {
      headerBytes: HEADER_BYTES,
      pduBytes: (bytes, at) => (isHeader(bytes, at) ? HEADER_BYTES + readU16Le(bytes, at + 2) : 0),
    },
    openSession: () => new EnipSession(),
  },
  udp: {
    ports: [PORT, IO_PORT],
    datagram: (message, emit) => (isImplicitData(message) ? "cip" : readMessage(message, emit)),
  },
};
