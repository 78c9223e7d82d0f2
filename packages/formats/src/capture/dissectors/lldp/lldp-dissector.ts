import type { HardwareIdentity } from "../../../records.ts";
import { readI32Be, readText, readU16Be, readU32Be } from "../../byte-order.ts";
import { formatIpv4, formatIpv6, formatMac } from "../../network/address-text.ts";
import type { Dissector, Emit, Message } from "../dissector.ts";
import { readDescription } from "./system-description.ts";

// IEEE 802.1AB, clauses 8 and 9.
const ETHERTYPE_LLDP = 0x88cc;
const TLV_END = 0;
const TLV_CHASSIS_ID = 1;
const TLV_SYSTEM_NAME = 5;
const TLV_SYSTEM_DESCRIPTION = 6;
const TLV_CAPABILITIES = 7;
const TLV_MANAGEMENT_ADDRESS = 8;
const TLV_ORGANISATION = 127;
const CHASSIS_MAC = 4;
const CHASSIS_LOCAL = 7;
const ADDRESS_IPV4 = 1;
const ADDRESS_IPV6 = 2;
const CAPABILITY_BRIDGE = 0x04;
const CAPABILITY_ROUTER = 0x10;
/** PROFIBUS & PROFINET International; subtype 5 gives the station's own MAC, for each port speaks with another. */
const OUI_PROFINET = 0x000ecf;
const PROFINET_CHASSIS_MAC = 5;
/** PROFINET stations without a system name give their station name as chassis id. */
const STATION_NAME = /^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$/;

/** The device's own word, but free text: what it means is read from its form. */
const CONFIDENCE = 70;
/** Many end devices have a switch inside and may say so. */
const CAPABILITY_CONFIDENCE = 40;

type Neighbour = {
  chassisId: string;
  name: string;
  description: string;
  capabilities: number;
  isProfinet: boolean;
  macAddress: string | null;
  ipAddress: string | null;
};

function readFrame({ bytes, start, end }: Message, emit: Emit): void {
  const neighbour: Neighbour = {
    chassisId: "",
    name: "",
    description: "",
    capabilities: 0,
    isProfinet: false,
    macAddress: null,
    ipAddress: null,
  };
  for (let at = start; end - at >= 2; ) {
    const head = readU16Be(bytes, at);
    const type = head >> 9;
    const valueAt = at + 2;
    at = valueAt + (head & 0x1ff);
    if (type === TLV_END || at > end) break;
    readTlv(neighbour, type, bytes, valueAt, at);
  }
  tell(neighbour, emit);
}

function readTlv(neighbour: Neighbour, type: number, bytes: Uint8Array, start: number, end: number): void {
  const length = end - start;
  if (type === TLV_SYSTEM_NAME) neighbour.name = readText(bytes, start, end);
  else if (type === TLV_SYSTEM_DESCRIPTION) neighbour.description = readText(bytes, start, end);
  else if (type === TLV_CAPABILITIES && length >= 4) neighbour.capabilities = readU16Be(bytes, start + 2);
  else if (type === TLV_MANAGEMENT_ADDRESS) neighbour.ipAddress ??= readAddress(bytes, start, end);
  else if (type === TLV_CHASSIS_ID && length === 7 && bytes[start] === CHASSIS_MAC)
    neighbour.macAddress ??= readMac(bytes, start + 1);
  else if (type === TLV_CHASSIS_ID && length > 1 && bytes[start] === CHASSIS_LOCAL)
    neighbour.chassisId = readText(bytes, start + 1, end);
  else if (type === TLV_ORGANISATION && length >= 4 && readU32Be(bytes, start) >>> 8 === OUI_PROFINET) {
    neighbour.isProfinet = true;
    if (bytes[start + 3] === PROFINET_CHASSIS_MAC && length >= 10) neighbour.macAddress = readMac(bytes, start + 4);
  }
}

function readAddress(bytes: Uint8Array, start: number, end: number): string | null {
  const isIpv4 = end - start >= 6 && bytes[start] === 5 && bytes[start + 1] === ADDRESS_IPV4;
  const isIpv6 = end - start >= 18 && bytes[start] === 17 && bytes[start + 1] === ADDRESS_IPV6;
  const word = (index: number) => readI32Be(bytes, start + 2 + 4 * index);
  if (isIpv4 && word(0) !== 0) return formatIpv4(word(0));
  return isIpv6 ? formatIpv6([0, 1, 2, 3].map(word)) : null;
}

function readMac(bytes: Uint8Array, at: number): string | null {
  const high = readU16Be(bytes, at);
  const low = readI32Be(bytes, at + 2);
  const isDevice = (high & 0x0100) === 0 && (high !== 0 || low !== 0);
  return isDevice ? formatMac(high, low) : null;
}

function tell(neighbour: Neighbour, emit: Emit): void {
  const { chassisId, name, description, capabilities, isProfinet, ipAddress, macAddress } = neighbour;
  const hardware: HardwareIdentity = readDescription(description);
  const stationName = isProfinet && STATION_NAME.test(chassisId) ? chassisId : "";
  if (name !== "" || stationName !== "") hardware.deviceName = name || stationName;
  // Office computers announce themselves by their MAC alone.
  if (Object.keys(hardware).length === 0) return;
  const about = { ...(ipAddress !== null && { ipAddress }), ...(macAddress !== null && { macAddress }) };
  emit({ hardware, confidence: CONFIDENCE, ...about });
  const type = isProfinet ? null : typeOf(capabilities);
  if (type !== null) emit({ hardware: { type }, confidence: CAPABILITY_CONFIDENCE, ...about });
}

function typeOf(capabilities: number): string | null {
  if ((capabilities & CAPABILITY_ROUTER) !== 0) return "Router";
  return (capabilities & CAPABILITY_BRIDGE) !== 0 ? "Ethernet Switch" : null;
}

/** LLDP: system name and description, management address. */
export const lldpDissector: Dissector = {
  protocol: "lldp",
  ethernet: { etherTypes: [ETHERTYPE_LLDP], frame: readFrame },
};
