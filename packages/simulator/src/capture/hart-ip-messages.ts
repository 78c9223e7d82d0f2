import { be16, field, join } from "./message-bytes.ts";

export const HART_IP_PORT = 5094;

const TYPE_REQUEST = 0;
const TYPE_RESPONSE = 1;
const ID_INITIATE = 0;
const ID_TOKEN_PASSING = 3;

export type HartDevice = {
  expandedType: number;
  deviceId: number;
  manufacturer: number;
  deviceRevision: number;
  softwareRevision: number;
  hardwareRevision: number;
  profile: number;
};

function message(type: number, id: number, sequence: number, body: Uint8Array): Uint8Array {
  return join(1, type, id, 0, be16(sequence), be16(8 + body.length), body);
}

export function hartSession(isAnswer: boolean, sequence: number): Uint8Array {
  return message(isAnswer ? TYPE_RESPONSE : TYPE_REQUEST, ID_INITIATE, sequence, join(1, 0, 0, 0x75, 0x30));
}

function withCheck(frame: Uint8Array): Uint8Array {
  return join(
    frame,
    frame.reduce((check, byte) => check ^ byte, 0),
  );
}

function longAddress({ expandedType, deviceId }: HartDevice): number[] {
  const type = expandedType & 0x3fff;
  return [0x80 | (type >> 8), type & 0xff, (deviceId >> 16) & 0xff, (deviceId >> 8) & 0xff, deviceId & 0xff];
}

/** Command 0 to the short address 0, others to the device's own. */
export function hartRequest(sequence: number, command: number, device?: HartDevice): Uint8Array {
  const head = device === undefined ? join(0x02, 0x80) : join(0x82, longAddress(device));
  return message(TYPE_REQUEST, ID_TOKEN_PASSING, sequence, withCheck(join(head, command, 0)));
}

function answer(sequence: number, command: number, device: HartDevice, data: Uint8Array): Uint8Array {
  const frame = join(0x86, longAddress(device), command, 2 + data.length, 0, 0, data);
  return message(TYPE_RESPONSE, ID_TOKEN_PASSING, sequence, withCheck(frame));
}

/** Answer to command 0 of a revision 7 device. */
export function hartIdentity(sequence: number, device: HartDevice): Uint8Array {
  const { deviceId, expandedType, manufacturer } = device;
  const id = [(deviceId >> 16) & 0xff, (deviceId >> 8) & 0xff, deviceId & 0xff];
  const revisions = [7, device.deviceRevision, device.softwareRevision, device.hardwareRevision << 3];
  const tail = [5, 4, ...be16(1), 0, ...be16(manufacturer), ...be16(manufacturer), device.profile];
  return answer(sequence, 0, device, join(254, be16(expandedType), 5, revisions, 0, id, tail));
}

/** Answer to command 20. */
export function hartLongTag(sequence: number, device: HartDevice, tag: string): Uint8Array {
  return answer(sequence, 20, device, join(field(tag, 32)));
}
