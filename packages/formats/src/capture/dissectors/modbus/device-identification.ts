import type { HardwareIdentity } from "../../../records.ts";
import { readText } from "../../byte-order.ts";
import type { Statement } from "../dissector.ts";

const MEI_READ_DEVICE_IDENTIFICATION = 0x0e;
/** Kind of read, conformity, more follows, next object, number of objects. */
const HEAD_BYTES = 6;

/** The device's own word. */
const CONFIDENCE = 85;
/** Free text in a form of the manufacturer's. */
const SERVER_ID_CONFIDENCE = 60;
const MIN_TEXT = 4;

/** Members by object id (Modbus application protocol 1.1b3, section 6.21). The URL (3) identifies nothing. */
const OBJECTS: Readonly<Record<number, keyof HardwareIdentity>> = {
  0: "manufacturer",
  1: "orderNumber",
  2: "firmwareVersion",
  4: "productName",
  5: "model",
};

/** Function 0x2B, MEI type 0x0E. `start` is behind the function code. Null when it tells nothing. */
export function readDeviceIdentification(bytes: Uint8Array, start: number, end: number): Statement | null {
  if (end - start < HEAD_BYTES || bytes[start] !== MEI_READ_DEVICE_IDENTIFICATION) return null;
  const hardware: HardwareIdentity = {};
  let at = start + HEAD_BYTES;
  for (let left = bytes[start + 5]!; left > 0 && end - at >= 2; left--) {
    const objectEnd = at + 2 + bytes[at + 1]!;
    if (objectEnd > end) break;
    const member = OBJECTS[bytes[at]!];
    const text = readText(bytes, at + 2, objectEnd);
    if (member !== undefined && text !== "") hardware[member] = text;
    at = objectEnd;
  }
  // Product codes name the product where nothing else does.
  if (hardware.orderNumber !== undefined) hardware.productName ??= hardware.orderNumber;
  return Object.keys(hardware).length === 0 ? null : { hardware, confidence: CONFIDENCE };
}

/** Function 0x11, whose content is the manufacturer's: its longest text, if it has one. */
export function readServerId(bytes: Uint8Array, start: number, end: number): Statement | null {
  if (start >= end) return null;
  const text = longestText(bytes, start + 1, Math.min(end, start + 1 + bytes[start]!));
  return text.length < MIN_TEXT ? null : { hardware: { productName: text }, confidence: SERVER_ID_CONFIDENCE };
}

function longestText(bytes: Uint8Array, start: number, end: number): string {
  let best = { at: start, length: 0 };
  let from = start;
  for (let at = start; at <= end; at++) {
    const isText = at < end && bytes[at]! >= 0x20 && bytes[at]! < 0x7f;
    if (isText) continue;
    if (at - from > best.length) best = { at: from, length: at - from };
    from = at + 1;
  }
  return readText(bytes, best.at, best.at + best.length);
}
