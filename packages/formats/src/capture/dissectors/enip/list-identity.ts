import { readText, readU16Be, readU16Le, readU32Be, readU32Le } from "../../byte-order.ts";
import { formatIpv4 } from "../../network/address-text.ts";

/** Attributes 1 to 7 of the identity object (CIP volume 1, section 5-2), in the order in which they are sent. */
export type IdentityAttributes = {
  vendorId: number;
  deviceType: number;
  productCode: number;
  majorRevision: number;
  minorRevision: number;
  status: number;
  serialNumber: number;
  productName: string;
};

/** The identity item of a ListIdentity answer (CIP volume 2, table 2-4.4). */
type ListIdentity = IdentityAttributes & {
  encapsulationVersion: number;
  /** What the device believes its address to be. */
  socketAddress: { ipAddress: string; port: number };
  /** State of the identity object; null when a short answer left it out. */
  state: number | null;
};

/** Up to the length of the product name. */
const ATTRIBUTES_BYTES = 15;
const ITEM_HEAD_BYTES = 18;

/** Reads the attributes between `start` and `end`; null when it is too short to say who the device is. */
export function parseIdentityAttributes(bytes: Uint8Array, start: number, end: number): IdentityAttributes | null {
  if (end - start < ATTRIBUTES_BYTES) return null;
  const nameAt = start + ATTRIBUTES_BYTES;
  return {
    vendorId: readU16Le(bytes, start),
    deviceType: readU16Le(bytes, start + 2),
    productCode: readU16Le(bytes, start + 4),
    majorRevision: bytes[start + 6]!,
    minorRevision: bytes[start + 7]!,
    status: readU16Le(bytes, start + 8),
    serialNumber: readU32Le(bytes, start + 10),
    productName: readText(bytes, nameAt, Math.min(nameAt + bytes[start + 14]!, end)),
  };
}

/** Reads the item's data between `start` and `end`; null when it is too short to say who the device is. */
export function parseListIdentityItem(bytes: Uint8Array, start: number, end: number): ListIdentity | null {
  const attributesAt = start + ITEM_HEAD_BYTES;
  const attributes = parseIdentityAttributes(bytes, attributesAt, end);
  if (attributes === null) return null;
  const nameEnd = attributesAt + ATTRIBUTES_BYTES + bytes[attributesAt + ATTRIBUTES_BYTES - 1]!;
  return {
    ...attributes,
    encapsulationVersion: readU16Le(bytes, start),
    // The socket address is in network byte order, unlike everything else.
    socketAddress: { ipAddress: formatIpv4(readU32Be(bytes, start + 6)), port: readU16Be(bytes, start + 4) },
    state: nameEnd < end ? bytes[nameEnd]! : null,
  };
}
