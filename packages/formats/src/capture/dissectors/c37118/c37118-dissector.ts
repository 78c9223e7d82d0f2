import type { HardwareIdentity } from "../../../records.ts";
import { readText, readU16Be } from "../../byte-order.ts";
import type { Dissector, Emit, Message, Session } from "../dissector.ts";

const TCP_PORT = 4712;
const UDP_PORT = 4713;

// IEEE C37.118.2, clause 6.2: SYNC, FRAMESIZE, IDCODE, SOC, FRACSEC; CHK at the end.
const SYNC = 0xaa;
const HEADER_BYTES = 14;
const CHECK_BYTES = 2;
const MIN_FRAME_BYTES = HEADER_BYTES + CHECK_BYTES;
const MAX_VERSION = 3;
const TYPE_CONFIGURATION_2 = 3;
const TYPE_CONFIGURATION_3 = 5;
const TYPE_COMMAND = 4;
const RESERVED_TYPES = new Set([6, 7]);
/** TIME_BASE and NUM_PMU. */
const STATIONS_HEAD_BYTES = 6;
const STATION_NAME_BYTES = 16;
/** CFG-3 counts its fragments; 0 stands for the only one. */
const CONTINUATION_BYTES = 2;

/** Names that the plant's engineer gave. */
const NAME_CONFIDENCE = 70;
const ROLE_CONFIDENCE = 40;

/** CRC-CCITT, initial value 0xFFFF. */
const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

function synchrophasorCrc(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0xffff;
  for (let at = start; at < end; at++) crc = ((crc << 8) ^ CRC_TABLE[((crc >>> 8) ^ bytes[at]!) & 0xff]!) & 0xffff;
  return crc;
}

function frameBytes(bytes: Uint8Array, at: number): number {
  const kind = bytes[at + 1]!;
  const version = kind & 0x0f;
  const isHeader =
    bytes[at] === SYNC && kind < 0x80 && !RESERVED_TYPES.has(kind >> 4) && version >= 1 && version <= MAX_VERSION;
  const length = readU16Be(bytes, at + 2);
  return isHeader && length >= MIN_FRAME_BYTES ? length : 0;
}

function readFrame(message: Message, emit: Emit): string | null {
  const { bytes, start, end } = message;
  if (end - start < MIN_FRAME_BYTES) return null;
  const length = frameBytes(bytes, start);
  const checkAt = start + length - CHECK_BYTES;
  if (length === 0 || start + length > end) return null;
  if (synchrophasorCrc(bytes, start, checkAt) !== readU16Be(bytes, checkAt)) return null;
  const type = bytes[start + 1]! >> 4;
  if (type === TYPE_COMMAND) return "c37.118";
  const code = readU16Be(bytes, start + 4);
  emit({ hardware: { moduleName: `Synchrophasor stream ${code}` }, confidence: ROLE_CONFIDENCE });
  if (type === TYPE_CONFIGURATION_2) tellStations(bytes, start + HEADER_BYTES, checkAt, false, emit);
  if (type === TYPE_CONFIGURATION_3 && readU16Be(bytes, start + HEADER_BYTES) === 0)
    tellStations(bytes, start + HEADER_BYTES + CONTINUATION_BYTES, checkAt, true, emit);
  return "c37.118";
}

/** Of several stations none is the sender, which passes on what they measure. */
function tellStations(bytes: Uint8Array, at: number, end: number, hasNameLength: boolean, emit: Emit): void {
  const nameAt = at + STATIONS_HEAD_BYTES + (hasNameLength ? 1 : 0);
  if (nameAt > end) return;
  const stations = readU16Be(bytes, at + 4);
  const isConcentrator = stations > 1;
  const type = isConcentrator ? "Phasor data concentrator (PDC)" : "Phasor measurement unit (PMU)";
  emit({ hardware: { type }, confidence: ROLE_CONFIDENCE });
  const nameEnd = nameAt + (hasNameLength ? bytes[nameAt - 1]! : STATION_NAME_BYTES);
  if (isConcentrator || nameEnd > end) return;
  const hardware: HardwareIdentity = { deviceName: readText(bytes, nameAt, nameEnd) };
  if (hardware.deviceName !== "") emit({ hardware, confidence: NAME_CONFIDENCE });
}

const session: Session = { message: readFrame, gap() {}, close() {} };

/** Synchrophasors: a station's name and the stream's number from configuration frames. */
export const c37118Dissector: Dissector = {
  protocol: "c37.118",
  tcp: {
    ports: [TCP_PORT],
    framing: { headerBytes: 4, pduBytes: frameBytes },
    // Each frame stands alone, so that every connection shares one session.
    openSession: () => session,
  },
  udp: { ports: [UDP_PORT], datagram: readFrame },
};
