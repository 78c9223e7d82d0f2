import type { HardwareIdentity } from "../../../records.ts";
import { readText } from "../../byte-order.ts";
import { type BerElement, readBer } from "../ber.ts";
import type { Emit } from "../dissector.ts";

// ISO 8327-1 session units that MMS comes in: two for data (give tokens, then data transfer), connect, accept.
const SESSION_CONNECT = 0x0d;
const SESSION_ACCEPT = 0x0e;
const SESSION_DATA = [0x01, 0x00, 0x01, 0x00];
/** Object identifier 1.0.9506.2 of MMS (ISO 9506), as BER contents. */
const MMS_OBJECT_ID = [0x28, 0xca, 0x22, 0x02];
const MAX_NEGOTIATION_BYTES = 1024;

const TAG_USER_DATA = 0x61;
const TAG_SEQUENCE = 0x30;
const TAG_SINGLE_VALUE = 0xa0;
const TAG_INTEGER = 0x02;
const TAG_CONFIRMED_RESPONSE = 0xa1;
const TAG_IDENTIFY_RESPONSE = 0xa2;
/** Choices of the MMS PDU (ISO 9506-2): confirmed request up to conclude error. */
const FIRST_PDU_TAG = 0x80;
const LAST_PDU_CHOICE = 13;

/** Of the Identify response. */
const MEMBERS: Readonly<Record<number, "manufacturer" | "model" | "firmwareVersion">> = {
  128: "manufacturer",
  129: "model",
  130: "firmwareVersion",
};

/** The server's own word; a stack's maker may stand where the device's should. */
const CONFIDENCE = 80;

/** Reads a unit that ISO transport (RFC 1006) carried; answers `mms` when it is one. */
export function readMms(bytes: Uint8Array, start: number, end: number, emit: Emit): "mms" | null {
  const kind = bytes[start];
  if (kind === SESSION_CONNECT || kind === SESSION_ACCEPT) return namesMms(bytes, start, end) ? "mms" : null;
  if (!SESSION_DATA.every((byte, index) => bytes[start + index] === byte)) return null;
  const pdu = mmsPdu(bytes, start + SESSION_DATA.length, end);
  if (pdu === null) return null;
  if (pdu.tag === TAG_CONFIRMED_RESPONSE) {
    const hardware = identifyAnswer(bytes, pdu);
    if (hardware !== null) emit({ hardware, confidence: CONFIDENCE, protocol: "mms" });
  }
  return "mms";
}

/** Whether a connection is negotiated for MMS: its object identifier names the application context. */
function namesMms(bytes: Uint8Array, start: number, end: number): boolean {
  const last = Math.min(end, start + MAX_NEGOTIATION_BYTES) - MMS_OBJECT_ID.length;
  for (let at = start; at <= last; at++)
    if (MMS_OBJECT_ID.every((byte, index) => bytes[at + index] === byte)) return true;
  return false;
}

/** Unwraps the presentation layer (ISO 8823-1): fully encoded data, one list with context and single value. */
function mmsPdu(bytes: Uint8Array, at: number, end: number): BerElement | null {
  const userData = readBer(bytes, at, end);
  if (userData?.tag !== TAG_USER_DATA) return null;
  const list = readBer(bytes, userData.start, userData.end);
  if (list?.tag !== TAG_SEQUENCE) return null;
  const context = readBer(bytes, list.start, list.end);
  if (context?.tag !== TAG_INTEGER) return null;
  const value = readBer(bytes, context.end, list.end);
  if (value?.tag !== TAG_SINGLE_VALUE) return null;
  const pdu = readBer(bytes, value.start, value.end);
  return pdu !== null && pdu.tag >= FIRST_PDU_TAG && (pdu.tag & 0x1f) <= LAST_PDU_CHOICE ? pdu : null;
}

function identifyAnswer(bytes: Uint8Array, pdu: BerElement): HardwareIdentity | null {
  const invokeId = readBer(bytes, pdu.start, pdu.end);
  if (invokeId?.tag !== TAG_INTEGER) return null;
  const answer = readBer(bytes, invokeId.end, pdu.end);
  if (answer?.tag !== TAG_IDENTIFY_RESPONSE) return null;
  const hardware: HardwareIdentity = {};
  let at = answer.start;
  for (let element = readBer(bytes, at, answer.end); element !== null; element = readBer(bytes, at, answer.end)) {
    const member = MEMBERS[element.tag];
    const text = readText(bytes, element.start, element.end);
    if (member !== undefined && text !== "") hardware[member] = text;
    at = element.end;
  }
  return Object.keys(hardware).length === 0 ? null : hardware;
}
