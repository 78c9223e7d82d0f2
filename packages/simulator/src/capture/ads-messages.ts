import { field, join, le16, le32 } from "./message-bytes.ts";

export const ADS_PORT = 48_898;

const READ_DEVICE_INFO = 1;
const WRITE_CONTROL = 5;
const REQUEST = 0x0004;
const RESPONSE = 0x0005;
const STATION = [192, 168, 31, 200, 1, 1];
const PLC = [5, 24, 31, 70, 1, 1];
const STATION_PORT = 32_905;
const SYSTEM_PORT = 10_000;

function frame(command: number, state: number, invoke: number, data: Uint8Array): Uint8Array {
  const station = join(STATION, le16(STATION_PORT));
  const plc = join(PLC, le16(SYSTEM_PORT));
  const ends = state === REQUEST ? join(plc, station) : join(station, plc);
  const header = join(ends, le16(command), le16(state), le32(data.length), le32(0), le32(invoke));
  return join(0, 0, le32(header.length + data.length), header, data);
}

export function readDeviceInfo(invoke: number): Uint8Array {
  return frame(READ_DEVICE_INFO, REQUEST, invoke, new Uint8Array(0));
}

export function deviceInfo(invoke: number, info: { name: string; major: number; minor: number; build: number }) {
  const data = join(le32(0), info.major, info.minor, le16(info.build), field(info.name, 16));
  return frame(READ_DEVICE_INFO, RESPONSE, invoke, data);
}

/** @param state 5 run, 6 stop, 15 configuration */
export function writeControl(invoke: number, state: number): Uint8Array {
  return frame(WRITE_CONTROL, REQUEST, invoke, join(le16(state), le16(0), le32(0)));
}

export function writeControlAnswer(invoke: number): Uint8Array {
  return frame(WRITE_CONTROL, RESPONSE, invoke, join(le32(0)));
}
