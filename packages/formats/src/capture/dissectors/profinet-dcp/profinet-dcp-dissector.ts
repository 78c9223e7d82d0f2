import type { HardwareIdentity } from "../../../records.ts";
import { readText, readU16Be, readU32Be } from "../../byte-order.ts";
import { formatIpv4 } from "../../network/address-text.ts";
import type { Dissector, Emit, Message } from "../dissector.ts";
import { PROFINET_DEVICE_FAMILIES, PROFINET_VENDORS } from "./vendors.ts";

// IEC 61158-6-10, "Discovery and basic configuration" (DCP).
const ETHERTYPE_PROFINET = 0x8892;
const FRAME_HELLO = 0xfefc;
const FRAME_GET_SET = 0xfefd;
const FRAME_IDENTIFY_RESPONSE = 0xfeff;
/** Frame id, service id and type, transaction, reserved, data length. */
const HEADER_BYTES = 12;
const BLOCK_HEADER_BYTES = 4;
const BLOCK_INFO_BYTES = 2;
const SERVICE_GET = 3;
const TYPE_REQUEST = 0;
const TYPE_SUCCESS = 1;

/** Option and suboption in one number. */
const BLOCK_IP = 0x0102;
const BLOCK_IP_SUITE = 0x0103;
const BLOCK_TYPE_OF_STATION = 0x0201;
const BLOCK_NAME_OF_STATION = 0x0202;
const BLOCK_DEVICE_ID = 0x0203;
const BLOCK_ROLE = 0x0204;

const ROLE_DEVICE = 1;
const ROLE_CONTROLLER = 2;

/** The station's own word; type and name are texts that the plant's engineers and vendors choose freely. */
const CONFIDENCE = 85;
/** A role says what a station can do, not what it is (a PC may be a controller, too); an id says less than any name. */
const HINT_CONFIDENCE = 40;

type Station = { hardware: HardwareIdentity; hints: HardwareIdentity; ipAddress: string | null };

/** Whether the message describes its sender: answers to Identify and Get, and the Hello after power-on. */
function isDescription(bytes: Uint8Array, start: number): boolean {
  const frameId = readU16Be(bytes, start);
  const service = bytes[start + 2];
  const type = bytes[start + 3];
  if (frameId === FRAME_IDENTIFY_RESPONSE) return type === TYPE_SUCCESS;
  if (frameId === FRAME_GET_SET) return service === SERVICE_GET && type === TYPE_SUCCESS;
  return frameId === FRAME_HELLO && type === TYPE_REQUEST;
}

function readFrame({ bytes, start, end }: Message, emit: Emit): void {
  if (end - start < HEADER_BYTES || !isDescription(bytes, start)) return;
  const station: Station = { hardware: {}, hints: {}, ipAddress: null };
  let at = start + HEADER_BYTES;
  const dataEnd = Math.min(end, at + readU16Be(bytes, start + 10));
  while (dataEnd - at >= BLOCK_HEADER_BYTES + BLOCK_INFO_BYTES) {
    const length = readU16Be(bytes, at + 2);
    const blockEnd = at + BLOCK_HEADER_BYTES + length;
    if (blockEnd > dataEnd) break;
    readBlock(station, readU16Be(bytes, at), bytes, at + BLOCK_HEADER_BYTES + BLOCK_INFO_BYTES, blockEnd);
    at = blockEnd + (length % 2);
  }
  const address = station.ipAddress === null ? {} : { ipAddress: station.ipAddress };
  if (Object.keys(station.hardware).length > 0 || station.ipAddress !== null)
    emit({ hardware: station.hardware, confidence: CONFIDENCE, ...address });
  if (Object.keys(station.hints).length > 0) emit({ hardware: station.hints, confidence: HINT_CONFIDENCE, ...address });
}

function readBlock(station: Station, block: number, bytes: Uint8Array, start: number, end: number): void {
  const { hardware } = station;
  const length = end - start;
  if (block === BLOCK_TYPE_OF_STATION || block === BLOCK_NAME_OF_STATION) {
    const text = readText(bytes, start, end);
    if (text !== "") hardware[block === BLOCK_TYPE_OF_STATION ? "productName" : "deviceName"] = text;
  } else if (block === BLOCK_DEVICE_ID && length >= 4) {
    readDeviceId(station, readU16Be(bytes, start), readU16Be(bytes, start + 2));
  } else if (block === BLOCK_ROLE && length >= 1) {
    const type = typeOfRole(bytes[start]!);
    if (type !== null) station.hints.type = type;
  } else if ((block === BLOCK_IP || block === BLOCK_IP_SUITE) && length >= 4) {
    const address = readU32Be(bytes, start);
    if (address !== 0) station.ipAddress = formatIpv4(address);
  }
}

function readDeviceId({ hardware, hints }: Station, vendorId: number, deviceId: number): void {
  const hex = (id: number) => `0x${id.toString(16).padStart(4, "0")}`;
  const manufacturer = PROFINET_VENDORS[vendorId];
  if (manufacturer === undefined) hints.vendorId = hex(vendorId);
  else hardware.manufacturer = manufacturer;
  hints.deviceId = `${hex(vendorId)}/${hex(deviceId)}`;
  const family = PROFINET_DEVICE_FAMILIES[vendorId * 0x10000 + deviceId];
  if (family !== undefined) hardware.family = family;
}

function typeOfRole(role: number): string | null {
  if ((role & ROLE_CONTROLLER) !== 0) return "PROFINET IO controller";
  return (role & ROLE_DEVICE) !== 0 ? "PROFINET I/O device" : null;
}

/** PROFINET DCP: names, vendor, device id and address that stations tell below IP. */
export const profinetDcpDissector: Dissector = {
  protocol: "profinet-dcp",
  ethernet: { etherTypes: [ETHERTYPE_PROFINET], frame: readFrame },
};
