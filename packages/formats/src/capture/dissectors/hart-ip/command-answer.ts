import type { HardwareIdentity } from "../../../records.ts";
import { readText, readU16Be } from "../../byte-order.ts";
import { HART_VENDORS } from "./vendors.ts";

// HART frame (HCF_SPEC-081): delimiter, address, expansion bytes, command, byte count, data, check byte.
const LONG_ADDRESS = 0x80;
const FRAME_TYPE = 0x07;
const FRAME_ACKNOWLEDGE = 6;
/** Response code and device status begin every answer. */
const STATUS_BYTES = 2;
/** A response code with this bit tells of a communication error. */
const COMMUNICATION_ERROR = 0x80;

const READ_IDENTITY = 0;
const READ_LONG_TAG = 20;
const READ_IDENTITY_BY_TAG = 11;
const READ_IDENTITY_BY_LONG_TAG = 21;
const LONG_TAG_BYTES = 32;

// Answer to command 0 (HCF_SPEC-127): revisions up to 5 end with the device id, 6 adds two bytes, 7 goes on to the profile.
const EXPANSION = 254;
const IDENTITY_BYTES = 12;
const MANUFACTURER_AT = 17;
const PROFILE_AT = 21;
const LONG_MANUFACTURER_REVISION = 7;

/** Common table 57. */
const PROFILES: Readonly<Record<number, string>> = {
  1: "HART field device",
  2: "HART field device",
  3: "HART field device",
  4: "HART I/O system",
  132: "WirelessHART gateway",
};
/** Field devices, access points and adapters that have a radio and no address of ours: a gateway passes on what they say. */
const WIRELESS_PROFILES = new Set([129, 130, 131, 133, 134, 135, 136]);

/** What an answer in one HART frame says about the device; null for other commands, requests and errors. */
export function readCommandAnswer(bytes: Uint8Array, start: number, end: number): HardwareIdentity | null {
  const delimiter = bytes[start]!;
  const addressBytes = (delimiter & LONG_ADDRESS) !== 0 ? 5 : 1;
  const commandAt = start + 1 + addressBytes + ((delimiter >> 5) & 3);
  const dataAt = commandAt + 2 + STATUS_BYTES;
  if ((delimiter & FRAME_TYPE) !== FRAME_ACKNOWLEDGE || dataAt > end) return null;
  const dataEnd = commandAt + 2 + bytes[commandAt + 1]!;
  if (dataEnd > end || dataEnd < dataAt || (bytes[commandAt + 2]! & COMMUNICATION_ERROR) !== 0) return null;
  const command = bytes[commandAt];
  if (command === READ_LONG_TAG) return readLongTag(bytes, dataAt, dataEnd);
  const isIdentity =
    command === READ_IDENTITY || command === READ_IDENTITY_BY_TAG || command === READ_IDENTITY_BY_LONG_TAG;
  return isIdentity ? readIdentity(bytes, dataAt, dataEnd) : null;
}

function readLongTag(bytes: Uint8Array, start: number, end: number): HardwareIdentity | null {
  const deviceName = readText(bytes, start, Math.min(end, start + LONG_TAG_BYTES));
  return deviceName === "" ? null : { deviceName };
}

function readIdentity(bytes: Uint8Array, start: number, end: number): HardwareIdentity | null {
  const length = end - start;
  if (length < IDENTITY_BYTES || bytes[start] !== EXPANSION) return null;
  const profile = length > PROFILE_AT ? bytes[start + PROFILE_AT]! : 0;
  if (WIRELESS_PROFILES.has(profile)) return null;
  const expandedType = readU16Be(bytes, start + 1);
  const revision = bytes[start + 4]!;
  const hasLongManufacturer = revision >= LONG_MANUFACTURER_REVISION && length >= MANUFACTURER_AT + 2;
  const vendor = hasLongManufacturer ? readU16Be(bytes, start + MANUFACTURER_AT) : bytes[start + 1]!;
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  const deviceId = hex((bytes[start + 9]! << 16) | readU16Be(bytes, start + 10), 6);
  const manufacturer = HART_VENDORS[vendor];
  const hardware: HardwareIdentity = {
    ...(manufacturer === undefined ? { vendorId: String(vendor) } : { manufacturer }),
    deviceId: `0x${hex(expandedType, 4)} revision ${bytes[start + 5]}`,
    // Device ids are unique within a type; the five bytes of a long address are in the world.
    serialNumber: `${hex(expandedType, 4)}${deviceId}`,
    firmwareVersion: String(bytes[start + 6]),
    hardwareRevision: String(bytes[start + 7]! >> 3),
  };
  const type = PROFILES[profile];
  if (type !== undefined) hardware.type = type;
  return hardware;
}
