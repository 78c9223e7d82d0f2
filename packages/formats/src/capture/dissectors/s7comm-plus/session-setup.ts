import type { HardwareIdentity } from "../../../records.ts";
import { readU16Be } from "../../byte-order.ts";
import type { Statement } from "../dissector.ts";
import { typeOfOrderNumber } from "../s7comm/order-numbers.ts";

// Siemens does not publish the protocol; the layout is as the s7comm-plus dissector for Wireshark reads it: protocol
// 0x72, version, length; opcode, two reserved bytes, function.
const HEADER_BYTES = 4;
const FUNCTION_AT = HEADER_BYTES + 3;
const OPCODE_RESPONSE = 0x32;
const FUNCTION_CREATE_OBJECT = 0x04ca;
/** Session set-up answers have some hundred bytes. */
const MAX_BYTES = 4096;

/** Attribute SystemPAOMString: `1;6ES7 516-3AN02-0AB0;V2.9`; `S` marks software controllers. */
const PAOM = /\d;(6[A-Z]{2}\d ?[0-9A-Z]{3}-[0-9A-Z]{5}-[0-9A-Z]{4}) {0,4};[VS](\d{1,2}(?:\.\d{1,3}){1,2})/;

/** The CPU's own word, with less of the version than its identification lists give. */
const CONFIDENCE = 85;

/** What the answer to the set-up of a session says about the CPU; null for other units. */
export function readSessionSetup(bytes: Uint8Array, start: number, end: number): Statement | null {
  const isAnswer =
    end - start > FUNCTION_AT + 2 &&
    bytes[start + HEADER_BYTES] === OPCODE_RESPONSE &&
    readU16Be(bytes, start + FUNCTION_AT) === FUNCTION_CREATE_OBJECT;
  if (!isAnswer) return null;
  const last = Math.min(end, start + MAX_BYTES);
  const match = PAOM.exec(Buffer.from(bytes.buffer, bytes.byteOffset + start, last - start).toString("latin1"));
  if (match === null) return null;
  const orderNumber = match[1]!;
  const hardware: HardwareIdentity = { manufacturer: "Siemens", orderNumber, firmwareVersion: `V${match[2]}` };
  const type = typeOfOrderNumber(orderNumber);
  if (type) hardware.type = type;
  return { hardware, confidence: CONFIDENCE, protocol: "s7comm-plus" };
}
