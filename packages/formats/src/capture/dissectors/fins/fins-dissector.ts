import type { HardwareIdentity } from "../../../records.ts";
import { readText, readU16Be, readU32Be } from "../../byte-order.ts";
import type { Dissector, Emit, EmitEvent, Message, Session } from "../dissector.ts";
import { finsEvent } from "./fins-events.ts";

const PORT = 9600;

// FINS/TCP header (Omron W421, section 7-4): "FINS", length of what follows it, command, error.
const MAGIC = 0x46494e53;
const TCP_HEADER_BYTES = 16;
const TCP_COMMAND_FRAME = 2;
const MAX_TCP_LENGTH = 0x2000;

// FINS frame (Omron W227, section 3): ICF, reserved, gateways, target, source, service; command; end code.
const FRAME_HEADER_BYTES = 10;
const ICF_RESPONSE = 0x40;
/** All bits of ICF but those for "response" and "no response wanted": the first is always 1, the others are reserved. */
const ICF_FIXED = 0xbe;
const ICF_FIXED_VALUE = 0x80;
const MAX_GATEWAYS = 7;
const SOURCE_UNIT_AT = 8;
const UNIT_CPU = 0;
const CONTROLLER_DATA_READ = 0x0501;
/** Bits of the end code that tell of relay and CPU errors beside the command's own result. */
const END_CODE_FLAGS = 0x80c0;
/** Model, version, system area and area data; a read of the bus units alone answers less. */
const CONTROLLER_DATA_BYTES = 92;
const TEXT_BYTES = 20;

/** The CPU's own word. */
const CONFIDENCE = 90;

function readFrame(bytes: Uint8Array, start: number, end: number, emit: Emit, emitEvent: EmitEvent): string | null {
  const length = end - start;
  if (length < FRAME_HEADER_BYTES + 2) return null;
  const icf = bytes[start]!;
  const isFins = (icf & ICF_FIXED) === ICF_FIXED_VALUE && bytes[start + 1] === 0;
  if (!isFins || bytes[start + 2]! > MAX_GATEWAYS) return null;
  const commandAt = start + FRAME_HEADER_BYTES;
  if ((icf & ICF_RESPONSE) === 0) {
    const event = finsEvent(readU16Be(bytes, commandAt), bytes, commandAt + 2, end);
    if (event !== null) emitEvent(event);
    return "fins";
  }
  const dataAt = commandAt + 4;
  const isAnswer =
    readU16Be(bytes, commandAt) === CONTROLLER_DATA_READ &&
    bytes[start + SOURCE_UNIT_AT] === UNIT_CPU &&
    end - dataAt >= CONTROLLER_DATA_BYTES &&
    (readU16Be(bytes, commandAt + 2) & ~END_CODE_FLAGS) === 0;
  if (!isAnswer) return "fins";
  const hardware = readControllerData(bytes, dataAt);
  if (hardware !== null) emit({ hardware, confidence: CONFIDENCE });
  return "fins";
}

function readControllerData(bytes: Uint8Array, at: number): HardwareIdentity | null {
  const model = readText(bytes, at, at + TEXT_BYTES);
  const firmwareVersion = readText(bytes, at + TEXT_BYTES, at + 2 * TEXT_BYTES);
  if (model === "") return null;
  return {
    manufacturer: "Omron",
    type: "Programmable Logic Controller (PLC)",
    model,
    orderNumber: model,
    ...(firmwareVersion !== "" && { firmwareVersion }),
  };
}

function readTcpUnit({ bytes, start, end }: Message, emit: Emit, emitEvent: EmitEvent): string | null {
  if (end - start < TCP_HEADER_BYTES || readU32Be(bytes, start) !== MAGIC) return null;
  const isFrame = readU32Be(bytes, start + 8) === TCP_COMMAND_FRAME && readU32Be(bytes, start + 12) === 0;
  if (isFrame) readFrame(bytes, start + TCP_HEADER_BYTES, end, emit, emitEvent);
  return "fins";
}

// Each unit stands alone, so that every connection shares one session.
const session: Session = { message: readTcpUnit, gap() {}, close() {} };

/** Omron FINS over UDP and TCP: model and version from Controller Data Read. */
export const finsDissector: Dissector = {
  protocol: "fins",
  tcp: {
    ports: [PORT],
    framing: {
      headerBytes: 8,
      pduBytes: (bytes, at) => {
        const length = readU32Be(bytes, at + 4);
        return readU32Be(bytes, at) === MAGIC && length >= 8 && length <= MAX_TCP_LENGTH ? 8 + length : 0;
      },
    },
    openSession: () => session,
  },
  udp: {
    ports: [PORT],
    datagram: ({ bytes, start, end }, emit, emitEvent) => readFrame(bytes, start, end, emit, emitEvent),
  },
};
