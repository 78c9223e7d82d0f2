import type { HardwareIdentity } from "../../../records.ts";
import { readText, readU16Le } from "../../byte-order.ts";

// Device attributes: IEEE 1815, annex A, object group 0.
const GROUP_DEVICE_ATTRIBUTES = 0;
const TYPE_VISIBLE_STRING = 1;
const OBJECT_HEADER_BYTES = 3;
const MAX_ATTRIBUTES = 256;

const MEMBERS: Readonly<Record<number, keyof HardwareIdentity>> = {
  242: "firmwareVersion",
  243: "hardwareRevision",
  245: "plantName",
  247: "deviceName",
  248: "serialNumber",
  250: "model",
  252: "manufacturer",
};

/** Range and index prefix by qualifier: bytes before the first object, bytes before each. */
const QUALIFIERS: Readonly<Record<number, { rangeBytes: number; prefixBytes: number }>> = {
  0: { rangeBytes: 2, prefixBytes: 0 },
  1: { rangeBytes: 4, prefixBytes: 0 },
  7: { rangeBytes: 1, prefixBytes: 0 },
  23: { rangeBytes: 1, prefixBytes: 1 },
};

/** Texts among the attributes that an answer's objects begin with. */
export function readDeviceAttributes(bytes: Uint8Array, start: number, end: number): HardwareIdentity {
  const hardware: HardwareIdentity = {};
  let at = start;
  for (let count = 0; count < MAX_ATTRIBUTES; count++) {
    if (end - at < OBJECT_HEADER_BYTES || bytes[at] !== GROUP_DEVICE_ATTRIBUTES) break;
    const qualifier = bytes[at + 2]!;
    const layout = QUALIFIERS[qualifier];
    // An attribute has one value: index 0 in a range, or a count of 1.
    if (layout === undefined || objectCount(bytes, at + OBJECT_HEADER_BYTES, qualifier) !== 1) break;
    const valueAt = at + OBJECT_HEADER_BYTES + layout.rangeBytes + layout.prefixBytes + 2;
    if (valueAt > end) break;
    const valueEnd = valueAt + bytes[valueAt - 1]!;
    if (valueEnd > end) break;
    const member = MEMBERS[bytes[at + 1]!];
    const text = readText(bytes, valueAt, valueEnd);
    if (member !== undefined && bytes[valueAt - 2] === TYPE_VISIBLE_STRING && text !== "") hardware[member] = text;
    at = valueEnd;
  }
  return hardware;
}

function objectCount(bytes: Uint8Array, at: number, qualifier: number): number {
  if (qualifier === 0x00) return bytes[at + 1]! - bytes[at]! + 1;
  if (qualifier === 0x01) return readU16Le(bytes, at + 2) - readU16Le(bytes, at) + 1;
  return bytes[at]!;
}
