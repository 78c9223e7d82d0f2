import { join, le16, le32 } from "./message-bytes.ts";
import type { RockwellDevice } from "./plant.ts";

export const ENIP_PORT = 44818;
export const ENIP_IO_PORT = 2222;

const HEADER_BYTES = 24;
const COMMAND_LIST_IDENTITY = 0x0063;
const COMMAND_REGISTER_SESSION = 0x0065;
const COMMAND_UNREGISTER_SESSION = 0x0066;
const COMMAND_SEND_RR_DATA = 0x006f;
const ITEM_IDENTITY = 0x000c;
const ITEM_SEQUENCED_ADDRESS = 0x8002;
const ITEM_CONNECTED_DATA = 0x00b1;
const ITEM_UNCONNECTED_DATA = 0x00b2;
const SERVICE_GET_ATTRIBUTES_ALL = 0x01;
const SERVICE_UNCONNECTED_SEND = 0x52;
const PATH_IDENTITY = [0x20, 0x01, 0x24, 0x01];
const PATH_CONNECTION_MANAGER = [0x20, 0x06, 0x24, 0x01];
const PORT_BACKPLANE = 1;
const VENDOR_ROCKWELL = 1;
/** Status: owned, configured, I/O run. State: operational. */
const STATUS = 0x0065;
const STATE_OPERATIONAL = 3;

/** An encapsulation unit (CIP volume 2, section 2-3). */
export function encapsulate(command: number, session: number, context: number, data: Uint8Array): Uint8Array {
  const unit = new Uint8Array(HEADER_BYTES + data.length);
  const view = new DataView(unit.buffer);
  view.setUint16(0, command, true);
  view.setUint16(2, data.length, true);
  view.setUint32(4, session, true);
  view.setUint32(12, context, true);
  unit.set(data, HEADER_BYTES);
  return unit;
}

export function listIdentityRequest(context: number): Uint8Array {
  return encapsulate(COMMAND_LIST_IDENTITY, 0, context, new Uint8Array(0));
}

export function listIdentityAnswer(device: RockwellDevice, context: number): Uint8Array {
  const name = new TextEncoder().encode(device.productName);
  const itemBytes = 34 + name.length;
  const data = new Uint8Array(6 + itemBytes);
  const view = new DataView(data.buffer);
  view.setUint16(0, 1, true);
  view.setUint16(2, ITEM_IDENTITY, true);
  view.setUint16(4, itemBytes, true);
  view.setUint16(6, 1, true);
  // The socket address alone is in network byte order.
  view.setUint16(8, 2);
  view.setUint16(10, ENIP_PORT);
  data.set(Uint8Array.from(device.ipAddress.split("."), Number), 12);
  view.setUint16(24, device.vendorId ?? VENDOR_ROCKWELL, true);
  view.setUint16(26, device.deviceType, true);
  view.setUint16(28, device.productCode, true);
  view.setUint8(30, device.majorRevision);
  view.setUint8(31, device.minorRevision);
  view.setUint16(32, STATUS, true);
  view.setUint32(34, device.serialNumber, true);
  view.setUint8(38, name.length);
  data.set(name, 39);
  view.setUint8(39 + name.length, STATE_OPERATIONAL);
  return encapsulate(COMMAND_LIST_IDENTITY, 0, context, data);
}

/** @param session 0 in the request; the answer gives the handle */
export function registerSession(session: number, context: number): Uint8Array {
  return encapsulate(COMMAND_REGISTER_SESSION, session, context, Uint8Array.of(1, 0, 0, 0));
}

export function unregisterSession(session: number, context: number): Uint8Array {
  return encapsulate(COMMAND_UNREGISTER_SESSION, session, context, new Uint8Array(0));
}

/** One packet of a class 1 connection: sequenced address item and connected data item (CIP volume 2, section 2-6). */
export function implicitData(connectionId: number, sequence: number, process: Uint8Array): Uint8Array {
  const unit = new Uint8Array(20 + process.length);
  const view = new DataView(unit.buffer);
  view.setUint16(0, 2, true);
  view.setUint16(2, ITEM_SEQUENCED_ADDRESS, true);
  view.setUint16(4, 8, true);
  view.setUint32(6, connectionId, true);
  view.setUint32(10, sequence, true);
  view.setUint16(14, ITEM_CONNECTED_DATA, true);
  view.setUint16(16, 2 + process.length, true);
  view.setUint16(18, sequence & 0xffff, true);
  unit.set(process, 20);
  return unit;
}

/** What the identity object tells (CIP volume 1, section 5-2). */
export type CipIdentity = Pick<
  RockwellDevice,
  "productName" | "deviceType" | "productCode" | "majorRevision" | "minorRevision" | "serialNumber" | "vendorId"
>;

/** Null address item and unconnected data item (CIP volume 2, section 2-4.7). */
export function unconnected(session: number, context: number, message: Uint8Array): Uint8Array {
  const items = join(le16(2), le16(0), le16(0), le16(ITEM_UNCONNECTED_DATA), le16(message.length), message);
  return encapsulate(COMMAND_SEND_RR_DATA, session, context, join(le32(0), le16(0), items));
}

/** A request for all attributes of the identity object. */
export const GET_IDENTITY: Uint8Array = join(SERVICE_GET_ATTRIBUTES_ALL, PATH_IDENTITY.length / 2, PATH_IDENTITY);

export function identityRequest(session: number, context: number): Uint8Array {
  return unconnected(session, context, GET_IDENTITY);
}

/** Asks the module in a slot of the chassis, through the communication module. */
export function moduleIdentityRequest(session: number, context: number, slot: number): Uint8Array {
  const head = join(SERVICE_UNCONNECTED_SEND, PATH_CONNECTION_MANAGER.length / 2, PATH_CONNECTION_MANAGER, 0x07, 0xf9);
  const route = join(1, 0, PORT_BACKPLANE, slot);
  return unconnected(session, context, join(head, le16(GET_IDENTITY.length), GET_IDENTITY, route));
}

export function identityAnswer(session: number, context: number, identity: CipIdentity): Uint8Array {
  return unconnected(session, context, identityReply(identity));
}

/** The identity object's answer, as the message inside. */
export function identityReply(identity: CipIdentity): Uint8Array {
  const { productName, deviceType, productCode, majorRevision, minorRevision, serialNumber } = identity;
  const words = [identity.vendorId ?? VENDOR_ROCKWELL, deviceType, productCode].flatMap(le16);
  const data = join(words, majorRevision, minorRevision, le16(STATUS), le32(serialNumber));
  const name = join(productName.length, productName);
  return join(SERVICE_GET_ATTRIBUTES_ALL | 0x80, 0, 0, 0, data, name);
}

/** A request of any service to instance 1 of a class. */
export function cipRequest(
  session: number,
  context: number,
  service: number,
  classId: number,
  data: readonly number[] = [],
): Uint8Array {
  return unconnected(session, context, cipMessage(service, classId, data));
}

/** The same to the module in a slot of the chassis. */
export function moduleRequest(
  session: number,
  context: number,
  slot: number,
  service: number,
  classId: number,
): Uint8Array {
  const head = join(SERVICE_UNCONNECTED_SEND, PATH_CONNECTION_MANAGER.length / 2, PATH_CONNECTION_MANAGER, 0x07, 0xf9);
  const message = cipMessage(service, classId, []);
  return unconnected(session, context, join(head, le16(message.length), message, 1, 0, PORT_BACKPLANE, slot));
}

/** Length of the requestor's id, its vendor and serial number. */
const REQUESTOR = [7, ...le16(VENDOR_ROCKWELL), ...le32(1)];

/** Execute_PCCC (class 0x67): requestor id of 7 bytes, command 0x0F, function. */
export function pcccRequest(session: number, context: number, functionCode: number, data: readonly number[] = []) {
  const pccc = [...REQUESTOR, 0x0f, 0, 1, 0, functionCode, ...data];
  return cipRequest(session, context, 0x4b, 0x67, pccc);
}

/** Answer that a service was done. */
export function cipDone(session: number, context: number, service: number, data: readonly number[] = []): Uint8Array {
  return unconnected(session, context, join(service | 0x80, 0, 0, 0, data));
}

export function pcccDone(session: number, context: number): Uint8Array {
  return cipDone(session, context, 0x4b, [...REQUESTOR, 0x4f, 0, 1, 0]);
}

function cipMessage(service: number, classId: number, data: readonly number[]): Uint8Array {
  return join(service, 2, 0x20, classId, 0x24, 1, data);
}
