import { readText, readU16Be, readU16Le, readU32Be, readU32Le } from "../../byte-order.ts";
import { formatIpv4 } from "../../network/address-text.ts";

/** The identity item of a ListIdentity answer (CIP volume 2, table 2-4.4). */
export type ListIdentity = {
  encapsulationVersion: number;
  /** What the device believes its address to be. */
  socketAddress: { ipAddress: string; port: number };
  vendorId: number;
  deviceType: number;
  productCode: number;
  majorRevision: number;
  minorRevision: number;
  status: number;
  serialNumber: number;
  productName: string;
  /** State of the identity object; null when a short answer left it out. */
  state: number | null;
};

/** Up to the length of the product name. */
const FIXED_BYTES = 33;

/** Reads the item's data between `start` and `end`; null when it is too short to say who the device is. */
export function parseListIdentityItem(bytes: Uint8Array, start: number, end: number): ListIdentity | null {
  if (end - start < FIXED_BYTES) return null;
  const nameAt = start + FIXED_BYTES;
  const nameEnd = nameAt + bytes[start + 32]!;
  return {
    encapsulationVersion: readU16Le(bytes, start),
    // The socket address is in network byte order, unlike everything else.
    socketAddress: { ipAddress: formatIpv4(readU32Be(bytes, start + 6)), port: readU16Be(bytes, start + 4) },
    vendorId: readU16Le(bytes, start + 18),
    deviceType: readU16Le(bytes, start + 20),
    productCode: readU16Le(bytes, start + 22),
    majorRevision: bytes[start + 24]!,
    minorRevision: bytes[start + 25]!,
    status: readU16Le(bytes, start + 26),
    serialNumber: readU32Le(bytes, start + 28),
    productName: readText(bytes, nameAt, Math.min(nameEnd, end)),
    state: nameEnd < end ? bytes[nameEnd]! : null,
  };
}
