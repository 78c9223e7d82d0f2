import { readText, readU16Le, readU32Le } from "../../byte-order.ts";
import type { Dissector, Emit, EmitEvent, Message, Session } from "../dissector.ts";
import { adsEvent } from "./ads-events.ts";

const PORT = 48_898;

// Beckhoff Information System, "TwinCAT ADS specification": AMS/TCP header (2 reserved, 4 length), AMS header.
const TCP_HEADER_BYTES = 6;
const AMS_HEADER_BYTES = 32;
const HEADER_BYTES = TCP_HEADER_BYTES + AMS_HEADER_BYTES;
const MAX_DATA_BYTES = 4 * 1024 * 1024;
const COMMAND_READ_DEVICE_INFO = 1;
const MAX_COMMAND = 9;
const STATE_IS_RESPONSE = 0x0001;
const STATE_IS_ADS = 0x0004;
/** Result, major and minor version, build, name. */
const DEVICE_INFO_BYTES = 24;

/** The runtime's own word; it is software on a PC or controller that says no more of itself. */
const CONFIDENCE = 80;

/** Where the AMS header's fields are, from the start of the AMS/TCP header. */
const COMMAND_AT = 22;
const STATE_AT = 24;
const LENGTH_AT = 26;
const ERROR_AT = 30;

function isHeader(bytes: Uint8Array, at: number): boolean {
  const dataBytes = readU32Le(bytes, at + LENGTH_AT);
  return (
    readU16Le(bytes, at) === 0 &&
    dataBytes <= MAX_DATA_BYTES &&
    readU32Le(bytes, at + 2) === AMS_HEADER_BYTES + dataBytes &&
    readU16Le(bytes, at + COMMAND_AT) <= MAX_COMMAND &&
    (readU16Le(bytes, at + STATE_AT) & STATE_IS_ADS) !== 0
  );
}

function readUnit({ bytes, start, end }: Message, emit: Emit, emitEvent: EmitEvent): string {
  const command = readU16Le(bytes, start + COMMAND_AT);
  const isResponse = (readU16Le(bytes, start + STATE_AT) & STATE_IS_RESPONSE) !== 0;
  const dataAt = start + HEADER_BYTES;
  if (!isResponse) {
    const event = adsEvent(command, bytes, dataAt, end);
    if (event !== null) emitEvent(event);
    return "ads";
  }
  const isInfo = command === COMMAND_READ_DEVICE_INFO && end - dataAt >= DEVICE_INFO_BYTES;
  if (!isInfo || readU32Le(bytes, start + ERROR_AT) !== 0 || readU32Le(bytes, dataAt) !== 0) return "ads";
  const productName = readText(bytes, dataAt + 8, dataAt + DEVICE_INFO_BYTES);
  const firmwareVersion = `${bytes[dataAt + 4]}.${bytes[dataAt + 5]}.${readU16Le(bytes, dataAt + 6)}`;
  const hardware = { manufacturer: "Beckhoff", firmwareVersion };
  emit({ hardware: productName === "" ? hardware : { ...hardware, productName }, confidence: CONFIDENCE });
  return "ads";
}

const session: Session = { message: readUnit, gap() {}, close() {} };

/** Beckhoff ADS: name and version from answers to ReadDeviceInfo; state changes from WriteControl. */
export const adsDissector: Dissector = {
  protocol: "ads",
  tcp: {
    ports: [PORT],
    framing: {
      headerBytes: HEADER_BYTES,
      pduBytes: (bytes, at) => (isHeader(bytes, at) ? TCP_HEADER_BYTES + readU32Le(bytes, at + 2) : 0),
    },
    // Each unit stands alone, so that every connection shares one session.
    openSession: () => session,
  },
};
