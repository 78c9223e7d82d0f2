import type { HardwareIdentity } from "../../../records.ts";
import { readU16Be, readU16Le, readU32Be, readU32Le } from "../../byte-order.ts";
import type { Dissector, Emit, Message } from "../dissector.ts";
import { PROFINET_DEVICE_FAMILIES, PROFINET_VENDORS } from "../profinet-dcp/vendors.ts";

const PORT = 34_964;

// Connectionless RPC header (DCE 1.1 RPC, chapter 12): version, type, flags, data representation, object, interface, ...
const HEADER_BYTES = 80;
const VERSION = 4;
const REQUEST = 0;
const MAX_TYPE = 10;
const LITTLE_ENDIAN = 0x10;
const OBJECT_AT = 8;
const INTERFACE_AT = 24;

/** UUIDs of IEC 61158-6-10: `dea0000X-6c97-11d1-8271-`, and twelve digits that all interfaces share. */
const UUID_TIME = 0x6c9711d1;
const UUID_CLOCK = 0x8271;
const INTERFACE_NODE = [0x00a0, 0x2442df7d] as const;
const TIME_OBJECT = 0xdea00000;
const TIME_DEVICE = 0xdea00001;
/** Device, controller, supervisor, parameter server. */
const TIME_LAST = 0xdea00004;

/** What the controller was told of the device when it was engineered, and reads from nobody. */
const CONFIDENCE = 70;

/** The first word of a UUID of PROFINET; null for others. */
function timeOf(bytes: Uint8Array, at: number, isLittle: boolean): number | null {
  const [time, middle, high] = isLittle
    ? [readU32Le(bytes, at), readU16Le(bytes, at + 4), readU16Le(bytes, at + 6)]
    : [readU32Be(bytes, at), readU16Be(bytes, at + 4), readU16Be(bytes, at + 6)];
  const isOurs = middle * 0x10000 + high === UUID_TIME && readU16Be(bytes, at + 8) === UUID_CLOCK;
  return isOurs ? time : null;
}

/** The interface's first word; null when the message is no RPC of PROFINET. */
function interfaceOf(bytes: Uint8Array, start: number, end: number, isLittle: boolean): number | null {
  if (end - start < HEADER_BYTES || bytes[start] !== VERSION || bytes[start + 1]! > MAX_TYPE) return null;
  const at = start + INTERFACE_AT;
  const isInterface =
    readU16Be(bytes, at + 10) === INTERFACE_NODE[0] && readU32Be(bytes, at + 12) === INTERFACE_NODE[1];
  const time = timeOf(bytes, at, isLittle);
  return isInterface && time !== null && time >= TIME_DEVICE && time <= TIME_LAST ? time : null;
}

function readMessage({ bytes, start, end }: Message, emit: Emit): string | null {
  const isLittle = (bytes[start + 4]! & LITTLE_ENDIAN) !== 0;
  const time = interfaceOf(bytes, start, end, isLittle);
  if (time === null) return null;
  const objectAt = start + OBJECT_AT;
  // Answers repeat the object, some devices with its bytes in another order; and they often leave the port.
  if (time === TIME_DEVICE && bytes[start + 1] === REQUEST && timeOf(bytes, objectAt, isLittle) === TIME_OBJECT) {
    const hardware = toHardware(readU16Be(bytes, objectAt + 14), readU16Be(bytes, objectAt + 12));
    emit({ hardware, confidence: CONFIDENCE, isAboutReceiver: true });
  }
  return "profinet-io";
}

/** The object's last bytes: instance, device, vendor. */
function toHardware(vendorId: number, deviceId: number): HardwareIdentity {
  const hex = (id: number) => `0x${id.toString(16).padStart(4, "0")}`;
  const manufacturer = PROFINET_VENDORS[vendorId];
  const family = PROFINET_DEVICE_FAMILIES[vendorId * 0x10000 + deviceId];
  return {
    ...(manufacturer === undefined ? { vendorId: hex(vendorId) } : { manufacturer }),
    ...(family === undefined ? {} : { family }),
    deviceId: `${hex(vendorId)}/${hex(deviceId)}`,
  };
}

/** PROFINET IO context manager: which device a controller connects to, by vendor and device id. */
export const profinetIoDissector: Dissector = {
  protocol: "profinet-io",
  udp: { ports: [PORT], datagram: readMessage },
};
