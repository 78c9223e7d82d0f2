import { be16, join, le16, le32 } from "./message-bytes.ts";

export const MODBUS_PORT = 502;

const READ_DEVICE_IDENTIFICATION = [0x2b, 0x0e];
const REPORT_SERVER_ID = 0x11;
const UMAS = 0x5a;
const UMAS_READ_ID = 0x02;
const UMAS_SUCCESS = 0xfe;

/** MBAP header and unit (Modbus Messaging on TCP/IP implementation guide 1.0b, section 3.1). */
function frame(transaction: number, unit: number, pdu: Uint8Array): Uint8Array {
  return join(be16(transaction), be16(0), be16(1 + pdu.length), unit, pdu);
}

export function readDeviceIdentification(transaction: number, unit: number): Uint8Array {
  return frame(transaction, unit, join(READ_DEVICE_IDENTIFICATION, 0x01, 0x00));
}

/** @param objects texts by object id: 0 vendor, 1 product code, 2 revision, 4 product name, 5 model */
export function deviceIdentification(
  transaction: number,
  unit: number,
  objects: Readonly<Record<number, string>>,
): Uint8Array {
  const entries = Object.entries(objects);
  const list = entries.map(([id, text]) => join(Number(id), text.length, text));
  return frame(transaction, unit, join(READ_DEVICE_IDENTIFICATION, 0x01, 0x83, 0, 0, entries.length, ...list));
}

export function reportServerId(transaction: number, unit: number): Uint8Array {
  return frame(transaction, unit, join(REPORT_SERVER_ID));
}

/** Server id, running, and whatever the device adds. */
export function serverId(transaction: number, unit: number, text: string): Uint8Array {
  return frame(transaction, unit, join(REPORT_SERVER_ID, 2 + text.length, 0x01, 0xff, text));
}

export function umasReadId(transaction: number): Uint8Array {
  return frame(transaction, 0, join(UMAS, 0x00, UMAS_READ_ID));
}

/** The answer's fixed part, of which the CPU's name alone is of interest, and two memory banks. */
export function umasId(transaction: number, cpuName: string): Uint8Array {
  const fixed = join(le16(0x0102), le32(0x0606_3001), le16(0x0303), le16(0x0260), le16(0), le16(0), le16(0), le32(0));
  return frame(transaction, 0, join(UMAS, 0x00, UMAS_SUCCESS, fixed, le16(0), cpuName.length, cpuName, 0));
}

/** A UMAS request: 0x30 to 0x32 load a program, 0x33 to 0x35 read it, 0x40 starts, 0x41 stops. */
export function umasRequest(transaction: number, code: number, data: readonly number[] = []): Uint8Array {
  return frame(transaction, 0, join(UMAS, 0x00, code, data));
}

export function umasDone(transaction: number): Uint8Array {
  return frame(transaction, 0, join(UMAS, 0x00, UMAS_SUCCESS));
}

/** Diagnostics (function 0x08), answered by the same bytes. */
export function diagnostics(transaction: number, unit: number, subfunction: number): Uint8Array {
  return frame(transaction, unit, join(0x08, be16(subfunction), be16(0)));
}
