import { readU16Le } from "../../byte-order.ts";
import type { Dissector, Emit, EmitEvent, Message, Session } from "../dissector.ts";

const PORT = 2404;

// APCI (IEC 60870-5-104, section 5): start, length of the rest, four control octets.
const START = 0x68;
const APCI_BYTES = 6;
const MIN_LENGTH = 4;
const MAX_LENGTH = 253;
/** Type, number of objects, cause, originator, common address. */
const ASDU_HEADER_BYTES = 6;
/** Types below this tell values: only a controlled station sends them, but for file transfer and commands mirrored. */
const FIRST_CONTROL_TYPE = 45;

/** C_RP_NA_1, asked by cause "activation". */
const TYPE_RESET_PROCESS = 105;
const CAUSE_ACTIVATION = 6;
const CAUSE_MASK = 0x3f;

/** The standard has no message that tells the device: a role is all there is. */
const ROLE_CONFIDENCE = 40;

/** Length of the unit; 0 when its control octets are none of the three formats. */
function unitBytes(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1]!;
  if (bytes[at] !== START || length < MIN_LENGTH || length > MAX_LENGTH) return 0;
  const format = bytes[at + 2]! & 3;
  const isAnswering = (bytes[at + 4]! & 1) === 0;
  if ((format & 1) === 0) return isAnswering && length >= MIN_LENGTH + ASDU_HEADER_BYTES ? 2 + length : 0;
  if (length !== MIN_LENGTH || bytes[at + 3] !== 0) return 0;
  const isSupervisory = format === 1 && bytes[at + 2] === 1 && isAnswering;
  const isUnnumbered = format === 3 && readU16Le(bytes, at + 4) === 0;
  return isSupervisory || isUnnumbered ? 2 + length : 0;
}

function readUnit({ bytes, start }: Message, emit: Emit, emitEvent: EmitEvent): string {
  const isInformation = (bytes[start + 2]! & 1) === 0;
  const type = bytes[start + APCI_BYTES]!;
  if (isInformation && type > 0 && type < FIRST_CONTROL_TYPE)
    emit({ hardware: { type: "IEC 104 controlled station" }, confidence: ROLE_CONFIDENCE });
  const cause = bytes[start + APCI_BYTES + 2]! & CAUSE_MASK;
  if (isInformation && type === TYPE_RESET_PROCESS && cause === CAUSE_ACTIVATION)
    emitEvent({ kind: "RESET", detail: "reset process command" });
  return "iec104";
}

const session: Session = { message: readUnit, gap() {}, close() {} };

/** STARTDT act, which a controlling station sends first. */
const OPENING = [START, MIN_LENGTH, 0x07, 0, 0, 0];

/** IEC 60870-5-104: who sends monitored values is a controlled station. */
export const iec104Dissector: Dissector = {
  protocol: "iec104",
  tcp: {
    ports: [PORT],
    framing: { headerBytes: APCI_BYTES, pduBytes: unitBytes },
    openSession: () => session,
    isOpening: (bytes, start, end) =>
      end - start === OPENING.length && OPENING.every((byte, index) => bytes[start + index] === byte),
  },
};
