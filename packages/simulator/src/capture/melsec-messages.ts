import { join, le16 } from "./message-bytes.ts";

export const MELSEC_PORT = 5007;

const OWN_CPU = [0x00, 0xff, 0xff, 0x03, 0x00];
const MODEL_NAME_BYTES = 16;

/** A 3E frame: command, subcommand 0, data. */
export function melsecRequest(command: number, data: readonly number[] = []): Uint8Array {
  const body = join(le16(0x10), le16(command), le16(0), data);
  return join(0x50, 0x00, OWN_CPU, le16(body.length), body);
}

/** The same with a serial number (4E). */
export function melsecSerialRequest(serial: number, command: number): Uint8Array {
  return join(0x54, 0x00, le16(serial), le16(0), melsecRequest(command).subarray(2));
}

export function melsecAnswer(data: Uint8Array = new Uint8Array(0)): Uint8Array {
  return join(0xd0, 0x00, OWN_CPU, le16(2 + data.length), le16(0), data);
}

/** Answer to Read CPU Model Name (0x0101). */
export function melsecModel(name: string, code: number): Uint8Array {
  return melsecAnswer(join(name.padEnd(MODEL_NAME_BYTES), le16(code)));
}
