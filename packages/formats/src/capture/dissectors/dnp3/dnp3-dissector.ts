import { readU16Le } from "../../byte-order.ts";
import type { MemoryBudget } from "../../limits.ts";
import { ByteJoiner } from "../byte-joiner.ts";
import type { Dissector, Emit, EmitEvent, Message, Session } from "../dissector.ts";
import { readDeviceAttributes } from "./device-attributes.ts";
import { dnp3Event } from "./dnp3-events.ts";
import { LINK_HEADER_BYTES, linkFrameBytes, linkUserData } from "./link-frame.ts";

const PORT = 20_000;

// Transport function (IEEE 1815, clause 8) and application header (clause 4).
const TRANSPORT_FINAL = 0x80;
const TRANSPORT_FIRST = 0x40;
/** Fragments have at most 2048 bytes unless both sides agree on more. */
const MAX_FRAGMENT_BYTES = 8192;
/** Control, function, two bytes of internal indications. */
const RESPONSE_HEADER_BYTES = 4;
const FUNCTION_RESPONSE = 129;
const FUNCTION_UNSOLICITED = 130;

/** The outstation's own word. */
const CONFIDENCE = 85;
/** Who answers is an outstation; its link address is a number that the plant gave. */
const ROLE_CONFIDENCE = 40;

class Dnp3Session implements Session {
  readonly #joiners: readonly ByteJoiner[];

  constructor(budget: MemoryBudget) {
    this.#joiners = [0, 1].map(() => new ByteJoiner(budget, MAX_FRAGMENT_BYTES));
  }

  message({ bytes, start, isFromServer }: Message, emit: Emit, emitEvent: EmitEvent): string {
    const data = linkUserData(bytes, start);
    if (data === null) return "dnp3";
    const joiner = this.#joiners[isFromServer ? 1 : 0]!;
    const isFirst = (data[0]! & TRANSPORT_FIRST) !== 0;
    const isFinal = (data[0]! & TRANSPORT_FINAL) !== 0;
    if (isFirst) joiner.clear();
    else if (joiner.isEmpty) return "dnp3";
    const source = readU16Le(bytes, start + 6);
    if (isFirst && isFinal) {
      readFragment(data.subarray(1), source, emit, emitEvent);
    } else if (joiner.add(data, 1, data.length) && isFinal) {
      readFragment(joiner.join(), source, emit, emitEvent);
    }
    return "dnp3";
  }

  gap(isFromServer: boolean): void {
    this.#joiners[isFromServer ? 1 : 0]!.clear();
  }

  close(): void {
    this.gap(false);
    this.gap(true);
  }
}

function readFragment(fragment: Uint8Array, source: number, emit: Emit, emitEvent: EmitEvent): void {
  const event = fragment.length < 2 ? null : dnp3Event(fragment[1]!);
  if (event !== null) emitEvent(event);
  const isResponse = fragment[1] === FUNCTION_RESPONSE || fragment[1] === FUNCTION_UNSOLICITED;
  if (!isResponse || fragment.length < RESPONSE_HEADER_BYTES) return;
  const role = { type: "DNP3 outstation", moduleName: `DNP3 address ${source}` };
  emit({ hardware: role, confidence: ROLE_CONFIDENCE });
  const hardware = readDeviceAttributes(fragment, RESPONSE_HEADER_BYTES, fragment.length);
  if (Object.keys(hardware).length > 0) emit({ hardware, confidence: CONFIDENCE });
}

/** A datagram holds whole frames; fragments that several of them carry are left out. */
function readDatagram({ bytes, start, end }: Message, emit: Emit, emitEvent: EmitEvent): string | null {
  let at = start;
  while (end - at >= LINK_HEADER_BYTES) {
    const length = linkFrameBytes(bytes, at);
    if (length === 0 || at + length > end) break;
    const data = linkUserData(bytes, at);
    const isWhole = data !== null && (data[0]! & TRANSPORT_FIRST) !== 0 && (data[0]! & TRANSPORT_FINAL) !== 0;
    if (isWhole) readFragment(data.subarray(1), readU16Le(bytes, at + 6), emit, emitEvent);
    at += length;
  }
  return at > start ? "dnp3" : null;
}

/** DNP3: who answers is an outstation; its address, and its device attributes where they are read. */
export const dnp3Dissector: Dissector = {
  protocol: "dnp3",
  tcp: {
    ports: [PORT],
    framing: { headerBytes: LINK_HEADER_BYTES, pduBytes: linkFrameBytes },
    openSession: (budget) => new Dnp3Session(budget),
    // A start word and a right check sum.
    isOpening: (bytes, start, end) => end - start >= LINK_HEADER_BYTES && linkFrameBytes(bytes, start) > 0,
  },
  udp: { ports: [PORT], datagram: readDatagram },
};
