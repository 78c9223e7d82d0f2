import { be16, be32, field, join } from "./message-bytes.ts";

export const FINS_PORT = 9600;

const CONTROLLER_DATA_READ = [0x05, 0x01];
const COMMAND = 0x80;
const RESPONSE = 0xc0;
const TCP_NODE_ADDRESS_REQUEST = 0;
const TCP_NODE_ADDRESS_ANSWER = 1;
const TCP_FRAME = 2;

/** FINS header between two nodes of the local network (Omron W227, section 3). */
function frame(icf: number, target: number, source: number, service: number, data: Uint8Array): Uint8Array {
  return join(icf, 0, 2, 0, target, 0, 0, source, 0, service, data);
}

export function controllerDataRequest(plc: number, station: number, service: number): Uint8Array {
  return frame(COMMAND, plc, station, service, join(CONTROLLER_DATA_READ, 0x00));
}

/** End code, model and version of 20 bytes each, 40 for the system, 12 about the memory areas. */
export function controllerData(
  plc: number,
  station: number,
  service: number,
  cpu: { model: string; version: string },
): Uint8Array {
  const areas = [...be16(10), 23, ...be16(32_768), 8, 0, ...be16(0), 0, ...be16(0)];
  const data = join(CONTROLLER_DATA_READ, be16(0), field(cpu.model, 20), field(cpu.version, 20), field("", 40), areas);
  return frame(RESPONSE, station, plc, service, data);
}

/** FINS/TCP header (Omron W421, section 7-4) around a frame. */
export function finsOverTcp(fins: Uint8Array): Uint8Array {
  return join("FINS", be32(8 + fins.length), be32(TCP_FRAME), be32(0), fins);
}

export function nodeAddressRequest(): Uint8Array {
  return join("FINS", be32(12), be32(TCP_NODE_ADDRESS_REQUEST), be32(0), be32(0));
}

export function nodeAddressAnswer(station: number, plc: number): Uint8Array {
  return join("FINS", be32(16), be32(TCP_NODE_ADDRESS_ANSWER), be32(0), be32(station), be32(plc));
}

/** A command of any code: 0x0401 RUN, 0x0402 STOP, 0x0307 program area write. */
export function finsCommand(plc: number, station: number, service: number, code: number, data: readonly number[] = []) {
  return frame(COMMAND, plc, station, service, join(be16(code), data));
}

export function finsDone(plc: number, station: number, service: number, code: number, data: readonly number[] = []) {
  return frame(RESPONSE, station, plc, service, join(be16(code), be16(0), data));
}
