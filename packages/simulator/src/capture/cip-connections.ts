import { encapsulate, unconnected } from "./enip-messages.ts";
import { join, le16, le32 } from "./message-bytes.ts";

const COMMAND_SEND_UNIT_DATA = 0x0070;
const ITEM_CONNECTED_ADDRESS = 0x00a1;
const ITEM_CONNECTED_DATA = 0x00b1;
const SERVICE_MULTIPLE = 0x0a;
const SERVICE_FORWARD_OPEN = 0x54;
const SERVICE_LARGE_FORWARD_OPEN = 0x5b;
const PATH_MESSAGE_ROUTER = [0x20, 0x02, 0x24, 0x01];
const PATH_CONNECTION_MANAGER = [0x20, 0x06, 0x24, 0x01];
const PORT_BACKPLANE = 1;
const STATUS_EMBEDDED_ERROR = 0x1e;
/** Two seconds. */
const INTERVAL_US = 2_000_000;
/** Class 3, application triggered, the target serves. */
const TRANSPORT = 0xa3;
/** Point to point, low priority, variable size of up to 500 bytes. */
const PARAMETERS = 0x43f4;
const LARGE_PARAMETERS = 0x4200_0fa0;
/** Of the connection: serial number, vendor and serial number of who opens it. */
const TRIAD = [...le16(0x1234), ...le16(1), ...le32(0x0a0b_0c0d)];

/** Ids of both directions, each chosen by who receives there. */
export type CipConnection = { toTarget: number; toOriginator: number };

/** Forward_Open of a connection for messages, to the device itself or to the module in a slot (CIP volume 1, section 3-5). */
export function forwardOpen(
  session: number,
  context: number,
  toOriginator: number,
  { slot = null, isLarge = false }: { slot?: number | null; isLarge?: boolean } = {},
): Uint8Array {
  const direction = join(le32(INTERVAL_US), isLarge ? le32(LARGE_PARAMETERS) : le16(PARAMETERS));
  const path = [...(slot === null ? [] : [PORT_BACKPLANE, slot]), ...PATH_MESSAGE_ROUTER];
  const head = join(0x07, 0xf9, le32(0), le32(toOriginator), TRIAD, 2, 0, 0, 0);
  const data = join(head, direction, direction, TRANSPORT, path.length / 2, path);
  const service = isLarge ? SERVICE_LARGE_FORWARD_OPEN : SERVICE_FORWARD_OPEN;
  return unconnected(session, context, join(service, 2, PATH_CONNECTION_MANAGER, data));
}

export function forwardOpenAnswer(
  session: number,
  context: number,
  { toTarget, toOriginator }: CipConnection,
  { isLarge = false }: { isLarge?: boolean } = {},
): Uint8Array {
  const service = (isLarge ? SERVICE_LARGE_FORWARD_OPEN : SERVICE_FORWARD_OPEN) | 0x80;
  const data = join(le32(toTarget), le32(toOriginator), TRIAD, le32(INTERVAL_US), le32(INTERVAL_US), 0, 0);
  return unconnected(session, context, join(service, 0, 0, 0, data));
}

/** A message over a connection: SendUnitData with the id of the direction it goes. */
export function connected(session: number, connectionId: number, sequence: number, message: Uint8Array): Uint8Array {
  const data = join(le16(sequence), message);
  const items = join(le16(ITEM_CONNECTED_ADDRESS), le16(4), le32(connectionId), le16(ITEM_CONNECTED_DATA));
  return encapsulate(
    COMMAND_SEND_UNIT_DATA,
    session,
    0,
    join(le32(0), le16(0), le16(2), items, le16(data.length), data),
  );
}

/** Several requests in one: Multiple_Service_Packet (CIP volume 1, appendix A). */
export function severalServices(messages: readonly Uint8Array[]): Uint8Array {
  return join(SERVICE_MULTIPLE, 2, PATH_MESSAGE_ROUTER, inOne(messages));
}

/** Their answers; `hasFailed` when one of them says no. */
export function severalAnswers(answers: readonly Uint8Array[], hasFailed = false): Uint8Array {
  return join(SERVICE_MULTIPLE | 0x80, 0, hasFailed ? STATUS_EMBEDDED_ERROR : 0, 0, inOne(answers));
}

/** Number of parts, the offset of each from there, the parts. */
function inOne(parts: readonly Uint8Array[]): Uint8Array {
  let offset = 2 + 2 * parts.length;
  const offsets = parts.map((part) => {
    const at = offset;
    offset += part.length;
    return le16(at);
  });
  return join(le16(parts.length), ...offsets, ...parts);
}
