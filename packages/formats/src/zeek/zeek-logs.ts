import { toHardwareIdentity } from "../capture/dissectors/enip/hardware-identity.ts";
import { PROFINET_VENDORS } from "../capture/dissectors/profinet-dcp/vendors.ts";
import type { CaptureEvent, ConversationRecord, HardwareIdentity } from "../records.ts";
import {
  recordAddress,
  recordInteger,
  recordPort,
  recordReceiver,
  recordSender,
  recordServer,
  type ZeekRecord,
} from "./zeek-record.ts";

/** Where a record was read. */
export type ZeekPlace = { line: number; seenAt: number };

/** What a log's record says; null when it lacks what it would have to say. Records that say nothing give no event. */
export type ZeekLog = (record: ZeekRecord, place: ZeekPlace) => CaptureEvent[] | null;

/** The plugins read the same packets as the dissectors here, and are believed like them. */
const CONFIDENCE: Readonly<Record<string, number>> = {
  enip: 95,
  s7comm: 95,
  modbus: 85,
  bacnet: 65,
  "profinet-io": 70,
};

/**
 * Logs that are read, by the name in `#path`. Fields: Zeek's own documentation for `conn`, CISA's ICSNPP parsers for the
 * others.
 */
export const zeekLogs: ReadonlyMap<string, ZeekLog> = new Map<string, ZeekLog>([
  ["conn", readConn],
  ["cip_identity", readCipIdentity],
  ["s7comm_known_devices", readKnownDevice],
  ["s7comm_read_szl", readSzl],
  ["bacnet_discovery", readDiscovery],
  ["modbus_read_device_identification", readDeviceIdentification],
  ["profinet_io_cm", readContextManager],
]);

function identity(
  ipAddress: string,
  hardware: HardwareIdentity,
  protocol: string,
  { line, seenAt }: ZeekPlace,
): CaptureEvent[] {
  if (Object.keys(hardware).length === 0) return [];
  const evidence = { protocol, frame: line, seenAt, confidence: CONFIDENCE[protocol] ?? 50 };
  return [{ type: "identity", identity: { ipAddress, macAddress: null, hardware, modules: [], evidence } }];
}

function conversation(
  client: string,
  server: string,
  over: Pick<ConversationRecord, "transport" | "protocol"> & { port: number | null },
  { seenAt }: ZeekPlace,
  extent: { lastSeen?: number; frames?: number; bytes?: number; isAnswered?: boolean } = {},
): CaptureEvent[] {
  const { transport, protocol, port } = over;
  const { lastSeen = seenAt, frames = 2, bytes = 0, isAnswered = true } = extent;
  const ends = {
    client: { ipAddress: client, macAddress: null },
    server: { ipAddress: server, macAddress: null, port },
  };
  const record = { ...ends, transport, protocol, isAnswered, frames, bytes, firstSeen: seenAt, lastSeen };
  return [{ type: "conversation", conversation: record }];
}

/** Zeek's names of services; only what an analyser has confirmed stands in the log. */
const SERVICES: readonly (readonly [service: RegExp, protocol: string])[] = [
  [/^enip/, "enip"],
  [/^cip/, "cip"],
  [/^s7comm[-_]?plus/, "s7comm-plus"],
  [/^s7comm/, "s7comm"],
  [/^modbus/, "modbus"],
  [/^dnp3/, "dnp3"],
  [/^bacnet/, "bacnet"],
  [/^profinet_io/, "profinet-io"],
  [/^profinet/, "profinet"],
  [/^opc_?ua/, "opcua"],
  [/^omron_fins/, "fins"],
  [/^hart_ip/, "hart-ip"],
  [/^iec_?(60870|104)/, "iec104"],
  [/^mms/, "mms"],
  [/^synchrophasor/, "c37.118"],
];

function toProtocol(services: string | undefined): string | null {
  const names = (services ?? "").toLowerCase().replaceAll("-", "_").split(",");
  for (const [service, protocol] of SERVICES) if (names.some((name) => service.test(name))) return protocol;
  return null;
}

/** States of connections in which the called side took part. */
const ANSWERED = /^(SF|S1|S2|S3|RSTO|RSTR)$/;
/** Seconds without end come from broken clocks. */
const MAX_DURATION_SEC = 10 * 365 * 86_400;

function readConn(record: ZeekRecord, place: ZeekPlace): CaptureEvent[] | null {
  const client = recordAddress(record, "id.orig_h");
  const server = recordServer(record);
  const transport = record.get("proto");
  const port = recordPort(record, "id.resp_p");
  if (client === null || server === null || transport === undefined) return null;
  if (port === null && record.has("id.resp_p")) return null;
  // ICMP has types where others have ports.
  if (transport !== "tcp" && transport !== "udp") return [];
  const duration = Number(record.get("duration") ?? 0);
  const lasted = duration > 0 && duration < MAX_DURATION_SEC ? Math.round(duration * 1000) : 0;
  const sum = (...fields: string[]) => fields.reduce((total, field) => total + (recordInteger(record, field) ?? 0), 0);
  const over = { transport, protocol: toProtocol(record.get("service")), port };
  return conversation(client, server, over, place, {
    lastSeen: place.seenAt + lasted,
    frames: Math.max(1, sum("orig_pkts", "resp_pkts")),
    bytes: sum("orig_ip_bytes", "resp_ip_bytes"),
    isAnswered: sum("resp_pkts", "resp_bytes") > 0 || ANSWERED.test(record.get("conn_state") ?? ""),
  });
}

/** A broadcast asks everybody, so that the called side is nobody. */
function isBroadcast(address: string): boolean {
  return address.endsWith(".255") || address.startsWith("ff");
}

function readCipIdentity(record: ZeekRecord, place: ZeekPlace): CaptureEvent[] | null {
  const called = recordServer(record);
  const believed = recordAddress(record, "socket_address");
  const device = recordSender(record) ?? (called === null || isBroadcast(called) ? believed : called);
  const vendorId = recordInteger(record, "vendor_id");
  const deviceType = recordInteger(record, "device_type_id");
  const serialNumber = recordInteger(record, "serial_number");
  const [major, minor] = (record.get("revision") ?? "").split(".").map(Number);
  if (device === null || vendorId === null || deviceType === null || serialNumber === null) return null;
  const told = toHardwareIdentity({
    vendorId,
    deviceType,
    productCode: recordInteger(record, "product_code") ?? 0,
    majorRevision: major || 0,
    minorRevision: minor || 0,
    status: 0,
    serialNumber,
    productName: record.get("product_name") ?? "",
  });
  if (!record.has("revision")) delete told.firmwareVersion;
  const server = { transport: "tcp", protocol: "enip", port: 44818 };
  const client = recordAddress(record, "id.orig_h");
  const talk = client === null || client === device ? [] : conversation(client, device, server, place);
  return [...identity(device, told, "enip", place), ...talk];
}

/** What the answers to SZL 0x001C of one connection said. */
function readKnownDevice(record: ZeekRecord, place: ZeekPlace): CaptureEvent[] | null {
  const device = recordServer(record);
  if (device === null) return null;
  const hardware: HardwareIdentity = {};
  const serialNumber = record.get("module_serial")?.trim();
  // Numbers of Siemens' own CPUs begin so; makers of clones have others.
  if (serialNumber !== undefined && /^S [A-Z]-/.test(serialNumber)) hardware.manufacturer = "Siemens";
  if (serialNumber) hardware.serialNumber = serialNumber;
  const members = {
    deviceName: record.get("automation_system_name"),
    moduleName: record.get("module_name"),
    plantName: record.get("plant_name"),
  };
  for (const [member, value] of Object.entries(members))
    if (value !== undefined) hardware[member as keyof typeof members] = value;
  return [...identity(device, hardware, "s7comm", place), ...s7Conversation(record, place)];
}

/** The log has the question and whether it was answered, not the answer: it shows a server, and nothing of who it is. */
function readSzl(record: ZeekRecord, place: ZeekPlace): CaptureEvent[] | null {
  if (recordServer(record) === null) return null;
  const isAnswered =
    record.get("method")?.toLowerCase() === "response" && recordInteger(record, "return_code") === 0xff;
  return isAnswered ? s7Conversation(record, place) : [];
}

function s7Conversation(record: ZeekRecord, place: ZeekPlace): CaptureEvent[] {
  const client = recordAddress(record, "id.orig_h");
  const server = recordServer(record);
  if (client === null || server === null || client === server) return [];
  return conversation(client, server, { transport: "tcp", protocol: "s7comm", port: 102 }, place);
}

/** "Not configured" (ANSI/ASHRAE 135, clause 20.2.14). */
const BACNET_UNSET = 4_194_303;

function readDiscovery(record: ZeekRecord, place: ZeekPlace): CaptureEvent[] | null {
  const service = record.get("pdu_service")?.toLowerCase().replaceAll("_", "-");
  const device = recordSender(record) ?? recordAddress(record, "id.orig_h");
  if (service === undefined || device === null) return null;
  if (isBroadcast(device)) return [];
  const hardware: HardwareIdentity = {};
  const vendor = record.get("vendor");
  const name = record.get("object_name");
  const instance = recordInteger(record, service === "i-have" ? "device_id_number" : "instance_number");
  if (service !== "i-am" && service !== "i-have") return [];
  if (instance !== null && instance !== BACNET_UNSET) hardware.moduleName = `BACnet device ${instance}`;
  if (service === "i-am" && vendor !== undefined && !/^unknown/i.test(vendor)) hardware.manufacturer = vendor;
  const isItself = record.get("object_type") === "device" && !/^(unknown|n\/a)$/i.test(name ?? "unknown");
  if (service === "i-have" && isItself && name !== undefined) hardware.deviceName = name;
  return identity(device, hardware, "bacnet", place);
}

/** Objects of function 0x2B/0x0E by number (Modbus application protocol 1.1b3, 6.21). */
const OBJECTS: readonly (keyof HardwareIdentity | null)[] = [
  "manufacturer",
  "orderNumber",
  "firmwareVersion",
  null,
  "productName",
  "model",
];
const OBJECT_NAMES = ["vendorname", "productcode", "majorminorrevision", "vendorurl", "productname", "modelname"];

function readDeviceIdentification(record: ZeekRecord, place: ZeekPlace): CaptureEvent[] | null {
  const device = recordServer(record);
  const client = recordAddress(record, "id.orig_h");
  if (device === null || client === null) return null;
  const value = record.get("object_value")?.trim();
  if (record.get("request_response")?.toUpperCase() === "REQUEST" || !value) return [];
  const name =
    record
      .get("object_id")
      ?.toLowerCase()
      .replace(/[^a-z]/g, "") ?? "";
  const number = recordInteger(record, "object_id_code") ?? OBJECT_NAMES.indexOf(name);
  const member = OBJECTS[number];
  const server = { transport: "tcp", protocol: "modbus", port: recordPort(record, "id.resp_p") ?? 502 };
  const told = member ? identity(device, { [member]: value }, "modbus", place) : [];
  return [...told, ...conversation(client, device, server, place)];
}

/** Interface of an IO device, and its object: instance, device and vendor stand in the last twelve digits. */
const DEVICE_INTERFACE = "dea00001-6c97-11d1-8271-00a02442df7d";
const DEVICE_OBJECT = /^dea00000-6c97-11d1-8271-[0-9a-f]{8}([0-9a-f]{4})$/;
function readContextManager(record: ZeekRecord, place: ZeekPlace): CaptureEvent[] | null {
  const client = recordSender(record) ?? recordAddress(record, "id.orig_h");
  const device = recordReceiver(record) ?? recordServer(record);
  if (client === null || device === null) return null;
  // Answers have the numbers of their identifiers in the device's own byte order.
  const isToDevice = record.get("interface_uuid")?.toLowerCase() === DEVICE_INTERFACE;
  if (record.get("packet_type")?.toLowerCase() !== "request" || !isToDevice) return [];
  const vendor = DEVICE_OBJECT.exec(record.get("object_uuid")?.toLowerCase() ?? "")?.[1] ?? "";
  const manufacturer = PROFINET_VENDORS[Number.parseInt(vendor, 16)];
  const hardware: HardwareIdentity = manufacturer === undefined ? {} : { manufacturer };
  const over = { transport: "udp", protocol: "profinet-io", port: 34964 };
  return [...identity(device, hardware, "profinet-io", place), ...conversation(client, device, over, place)];
}
