import { be16, be32, join } from "./message-bytes.ts";

export const BACNET_PORT = 47_808;

const DEVICE_OBJECT = 8;
const ORIGINAL_UNICAST = 0x0a;
const ORIGINAL_BROADCAST = 0x0b;

/** BVLC and NPDU without addresses (ANSI/ASHRAE 135 annex J and clause 6). */
function packet(bvlcFunction: number, expectsReply: boolean, apdu: Uint8Array): Uint8Array {
  return join(0x81, bvlcFunction, be16(6 + apdu.length), 0x01, expectsReply ? 0x04 : 0x00, apdu);
}

function deviceId(instance: number): number[] {
  return be32(DEVICE_OBJECT * 2 ** 22 + instance);
}

/** Application tag 7, character set 0 (UTF-8). */
function characterString(text: string): Uint8Array {
  const bytes = Buffer.from(text, "utf8");
  const length = bytes.length + 1;
  return length < 5 ? join(0x70 | length, 0, bytes) : join(0x75, length, 0, bytes);
}

export function whoIs(): Uint8Array {
  return packet(ORIGINAL_BROADCAST, false, join(0x10, 0x08));
}

export function iAm(instance: number, vendorId: number): Uint8Array {
  const apdu = join(0x10, 0x00, 0xc4, deviceId(instance), 0x22, be16(1476), 0x91, 0x03, 0x22, be16(vendorId));
  return packet(ORIGINAL_BROADCAST, false, apdu);
}

export function readProperty(invokeId: number, instance: number, property: number): Uint8Array {
  const apdu = join(0x00, 0x05, invokeId, 0x0c, 0x0c, deviceId(instance), 0x19, property);
  return packet(ORIGINAL_UNICAST, true, apdu);
}

export function readPropertyAnswer(invokeId: number, instance: number, property: number, text: string): Uint8Array {
  const value = join(0x3e, characterString(text), 0x3f);
  return packet(ORIGINAL_UNICAST, false, join(0x30, invokeId, 0x0c, 0x0c, deviceId(instance), 0x19, property, value));
}

export function readProperties(invokeId: number, instance: number, properties: readonly number[]): Uint8Array {
  const list = properties.map((property) => join(0x09, property));
  return packet(
    ORIGINAL_UNICAST,
    true,
    join(0x00, 0x05, invokeId, 0x0e, 0x0c, deviceId(instance), 0x1e, ...list, 0x1f),
  );
}

/** Properties by number; null for one that the device does not have. */
export function readPropertiesAnswer(
  invokeId: number,
  instance: number,
  properties: Readonly<Record<number, string | null>>,
): Uint8Array {
  const unknownProperty = join(0x5e, 0x91, 0x02, 0x91, 0x20, 0x5f);
  const list = Object.entries(properties).map(([property, text]) =>
    join(0x29, Number(property), text === null ? unknownProperty : join(0x4e, characterString(text), 0x4f)),
  );
  const apdu = join(0x30, invokeId, 0x0e, 0x0c, deviceId(instance), 0x1e, ...list, 0x1f);
  return packet(ORIGINAL_UNICAST, false, apdu);
}

/** The packet of a ComplexACK cut into segments (clause 20.1.5) whose service data have at most so many bytes. */
export function inSegments(answer: Uint8Array, bytes: number): Uint8Array[] {
  // Behind BVLC and NPDU: type, invoke id, service.
  const [, invokeId = 0, service = 0] = answer.subarray(6);
  const data = answer.subarray(9);
  const count = Math.ceil(data.length / bytes);
  return Array.from({ length: count }, (_, index) => {
    const hasMore = index + 1 < count;
    const head = join(0x38 | (hasMore ? 0x04 : 0), invokeId, index, 4, service);
    return packet(ORIGINAL_UNICAST, hasMore, join(head, data.subarray(index * bytes, (index + 1) * bytes)));
  });
}
