import { be16, be32, join, le16, le32 } from "./message-bytes.ts";

export const PROFINET_CM_PORT = 34_964;

const NODE = [0x00, 0xa0, 0x24, 0x42, 0xdf, 0x7d];

/** A UUID of PROFINET (IEC 61158-6-10), its numbers in the byte order of the message, its node as it is. */
function uuid(time: number, node: readonly number[], isLittle: boolean): Uint8Array {
  const numbers = isLittle
    ? [...le32(time), ...le16(0x6c97), ...le16(0x11d1)]
    : [...be32(time), ...be16(0x6c97), ...be16(0x11d1)];
  return join(numbers, be16(0x8271), node);
}

/**
 * A connectionless RPC of the context manager (DCE 1.1 RPC, chapter 12) without data.
 *
 * @param type 0 request, 2 answer
 * @param role 1 to a device, 2 to a controller
 */
export function contextManager(
  type: number,
  {
    vendorId,
    deviceId,
    role = 1,
    isLittle = true,
  }: { vendorId: number; deviceId: number; role?: number; isLittle?: boolean },
): Uint8Array {
  const object = uuid(0xdea00000, [...be16(1), ...be16(deviceId), ...be16(vendorId)], isLittle);
  const representation = [isLittle ? 0x10 : 0, 0, 0];
  return join(
    [4, type, 0x20, 0, ...representation, 0],
    object,
    uuid(0xdea00000 + role, NODE, isLittle),
    new Uint8Array(16),
    new Uint8Array(24),
  );
}
