import { readU16Le } from "../../byte-order.ts";

// MC protocol and SLMP in binary code (Mitsubishi Electric SH-080008, section 4.2): 3E frames, and 4E frames with a
// serial number. The ASCII forms and the older 1E frames are left out.
const SUBHEADERS: Readonly<Record<number, { isRequest: boolean; routeAt: number }>> = {
  80: { isRequest: true, routeAt: 2 }, // 0x50 0x00
  84: { isRequest: true, routeAt: 6 }, // 0x54 0x00
  208: { isRequest: false, routeAt: 2 }, // 0xd0 0x00
  212: { isRequest: false, routeAt: 6 }, // 0xd4 0x00
};
/** Network, station, module (2), multidrop station, length of the rest (2). */
const ROUTE_BYTES = 7;
export const MIN_HEADER_BYTES = 2 + ROUTE_BYTES;
const MAX_NETWORK = 239;
/** Own CPU 0x03FF, CPUs of a multiple CPU system 0x03E0..0x03E3, control and standby CPUs 0x03D0..0x03D3. */
const MODULE_HIGH_BYTE = 3;
/** Low bytes of the CPU that the address belongs to: own, control, number 1. */
const OWN_MODULES = new Set([0xff, 0xd0, 0xe0]);
const OWN_STATION = 0xff;
/** Monitoring timer, command, subcommand; or the end code. */
const MIN_REQUEST_LENGTH = 6;
const MIN_RESPONSE_LENGTH = 2;
const MAX_LENGTH = 8192;

/**
 * A frame's parts; the data of a request begin behind the subcommand, those of a response behind the end code. `isOwn`: of the
 * CPU that has the address, and not of one that it passes on to, on another network or line.
 */
export type MelsecFrame = { isRequest: boolean; isOwn: boolean; command: number; endCode: number; dataAt: number };

/** Length of the whole frame; 0 when this is no header. Of one that is not known whole, a length that is enough to tell. */
export function melsecFrameBytes(bytes: Uint8Array, at: number, end: number): number {
  const layout = bytes[at + 1] === 0 ? SUBHEADERS[bytes[at]!] : undefined;
  if (layout === undefined) return 0;
  const lengthEnd = at + layout.routeAt + ROUTE_BYTES;
  if (lengthEnd > end) return layout.routeAt + ROUTE_BYTES;
  const routeAt = at + layout.routeAt;
  const isRoute =
    (bytes[routeAt]! <= MAX_NETWORK || bytes[routeAt] === 0xfe) && bytes[routeAt + 3] === MODULE_HIGH_BYTE;
  const isSerial = layout.routeAt === 2 || readU16Le(bytes, at + 4) === 0;
  const length = readU16Le(bytes, lengthEnd - 2);
  const minLength = layout.isRequest ? MIN_REQUEST_LENGTH : MIN_RESPONSE_LENGTH;
  return isRoute && isSerial && length >= minLength && length <= MAX_LENGTH ? lengthEnd - at + length : 0;
}

/** Reads a frame that {@link melsecFrameBytes} found whole. */
export function readMelsecFrame(bytes: Uint8Array, start: number): MelsecFrame {
  const { isRequest, routeAt } = SUBHEADERS[bytes[start]!]!;
  const bodyAt = start + routeAt + ROUTE_BYTES;
  const [network, station, module, , multidrop] = bytes.subarray(start + routeAt, bodyAt);
  const isOwn = network === 0 && station === OWN_STATION && OWN_MODULES.has(module!) && multidrop === 0;
  return isRequest
    ? { isRequest, isOwn, command: readU16Le(bytes, bodyAt + 2), endCode: 0, dataAt: bodyAt + MIN_REQUEST_LENGTH }
    : { isRequest, isOwn, command: 0, endCode: readU16Le(bytes, bodyAt), dataAt: bodyAt + MIN_RESPONSE_LENGTH };
}
