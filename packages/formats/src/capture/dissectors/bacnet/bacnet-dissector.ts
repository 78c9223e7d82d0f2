import { readU16Be, readU32Be } from "../../byte-order.ts";
import { formatIpv4 } from "../../network/address-text.ts";
import type { Dissector, Emit, Message } from "../dissector.ts";
import { readIAm, readPropertyAck, readPropertyMultipleAck } from "./device-identity.ts";

const PORT = 47808;

// BVLC (ANSI/ASHRAE 135, annex J): 0x81, function, length of the whole packet.
const BVLC_TYPE = 0x81;
const BVLC_HEADER_BYTES = 4;
const BVLC_FORWARDED = 0x04;
const BVLC_DISTRIBUTE = 0x09;
const BVLC_UNICAST = 0x0a;
const BVLC_BROADCAST = 0x0b;
const BVLC_LAST_FUNCTION = 0x0c;

// NPDU (clause 6.2): version 1, control, addresses.
const NPDU_VERSION = 1;
const CONTROL_NETWORK_MESSAGE = 0x80;
const CONTROL_TARGET = 0x20;
const CONTROL_SOURCE = 0x08;

// APDU (clause 20.1).
const APDU_UNCONFIRMED = 0x10;
const APDU_COMPLEX_ACK = 0x30;
const FLAG_SEGMENTED = 0x08;
const SERVICE_I_AM = 0;
const SERVICE_READ_PROPERTY = 12;
const SERVICE_READ_PROPERTY_MULTIPLE = 14;

function readPacket({ bytes, start, end }: Message, emit: Emit): string | null {
  if (end - start < BVLC_HEADER_BYTES || bytes[start] !== BVLC_TYPE) return null;
  const bvlc = bytes[start + 1]!;
  const length = readU16Be(bytes, start + 2);
  if (bvlc > BVLC_LAST_FUNCTION || length < BVLC_HEADER_BYTES) return null;
  const packetEnd = Math.min(end, start + length);
  const npduAt = start + BVLC_HEADER_BYTES;
  if (bvlc === BVLC_FORWARDED && packetEnd - npduAt > 6) {
    // The sender passes on what came from the address that stands before it.
    const ipAddress = formatIpv4(readU32Be(bytes, npduAt));
    readNpdu(bytes, npduAt + 6, packetEnd, (statement) => emit({ ...statement, ipAddress }));
  } else if (bvlc === BVLC_UNICAST || bvlc === BVLC_BROADCAST || bvlc === BVLC_DISTRIBUTE) {
    readNpdu(bytes, npduAt, packetEnd, emit);
  }
  return "bacnet";
}

function readNpdu(bytes: Uint8Array, start: number, end: number, emit: Emit): void {
  if (end - start < 2 || bytes[start] !== NPDU_VERSION) return;
  const control = bytes[start + 1]!;
  // Devices on networks behind a router have no address of ours: what they say is not about the sender.
  if ((control & (CONTROL_NETWORK_MESSAGE | CONTROL_SOURCE)) !== 0) return;
  let at = start + 2;
  // Network, length of the address, address, hop count.
  if ((control & CONTROL_TARGET) !== 0) at += at + 3 <= end ? 4 + bytes[at + 2]! : 4;
  if (end - at < 3) return;
  const type = bytes[at]! & 0xf0;
  if (type === APDU_UNCONFIRMED && bytes[at + 1] === SERVICE_I_AM) readIAm(bytes, at + 2, end, emit);
  if (type !== APDU_COMPLEX_ACK) return;
  // Of an answer in segments the first is read as far as it goes: a device's own properties are short.
  const isSegmented = (bytes[at]! & FLAG_SEGMENTED) !== 0;
  if (isSegmented && bytes[at + 2] !== 0) return;
  const serviceAt = at + (isSegmented ? 4 : 2);
  if (serviceAt >= end) return;
  if (bytes[serviceAt] === SERVICE_READ_PROPERTY) readPropertyAck(bytes, serviceAt + 1, end, emit);
  else if (bytes[serviceAt] === SERVICE_READ_PROPERTY_MULTIPLE)
    readPropertyMultipleAck(bytes, serviceAt + 1, end, emit);
}

/** BACnet/IP: I-Am, and answers to reads of a device object's properties. */
export const bacnetDissector: Dissector = {
  protocol: "bacnet",
  udp: { ports: [PORT], datagram: readPacket },
};
