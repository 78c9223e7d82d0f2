import { readU16Be } from "../../byte-order.ts";
import type { Dissector, Emit, EmitEvent, Message, Session } from "../dissector.ts";
import { umasEvent } from "../umas/umas-events.ts";
import { UmasSession } from "../umas/umas-session.ts";
import { readDeviceIdentification, readServerId } from "./device-identification.ts";
import { modbusEvent } from "./modbus-events.ts";

const PORT = 502;
/** Transaction, protocol 0, length of what follows, unit; and the function (Modbus on TCP/IP guide 1.0b, section 3.1). */
const MBAP_BYTES = 7;
const HEADER_BYTES = 8;
/** After the length: unit, function and 252 bytes; UMAS negotiates more. */
const MAX_LENGTH = 254;
const MAX_UMAS_LENGTH = 2048;

const FUNCTION_REPORT_SERVER_ID = 0x11;
const FUNCTION_ENCAPSULATED = 0x2b;
const FUNCTION_UMAS = 0x5a;

/** Units that a device with an address of its own answers for itself; others may sit behind it on a serial line. */
const OWN_UNITS = new Set([0, 255]);
const DOUBT_BEHIND_GATEWAY = 10;

class ModbusSession implements Session {
  readonly #umas = new UmasSession();

  message(message: Message, emit: Emit, emitEvent: EmitEvent): string | null {
    const { bytes, start, end, isFromServer } = message;
    if (end - start < HEADER_BYTES || readU16Be(bytes, start + 2) !== 0) return null;
    const code = bytes[start + MBAP_BYTES]!;
    if (code === FUNCTION_UMAS) this.#umas.message(message, emit);
    const dataAt = start + HEADER_BYTES;
    if (!isFromServer) {
      const isUmas = code === FUNCTION_UMAS;
      const event = isUmas ? umasEvent(bytes, start, end) : modbusEvent(code, bytes, dataAt, end);
      if (event !== null) emitEvent(event);
      return "modbus";
    }
    const unit = bytes[start + 6]!;
    const doubt = OWN_UNITS.has(unit) ? 0 : DOUBT_BEHIND_GATEWAY;
    let statement = null;
    if (code === FUNCTION_ENCAPSULATED) statement = readDeviceIdentification(bytes, dataAt, end);
    else if (code === FUNCTION_REPORT_SERVER_ID) statement = readServerId(bytes, dataAt, end);
    if (statement !== null) emit({ ...statement, confidence: statement.confidence - doubt });
    return "modbus";
  }

  gap(): void {
    this.#umas.clear();
  }

  close(): void {}
}

/** Modbus/TCP: Read Device Identification, Report Server ID, and Schneider's UMAS. */
export const modbusDissector: Dissector = {
  protocol: "modbus",
  tcp: {
    ports: [PORT],
    framing: {
      headerBytes: HEADER_BYTES,
      pduBytes: (bytes, at) => {
        const length = readU16Be(bytes, at + 4);
        const maxLength = bytes[at + MBAP_BYTES] === FUNCTION_UMAS ? MAX_UMAS_LENGTH : MAX_LENGTH;
        return readU16Be(bytes, at + 2) === 0 && length >= 2 && length <= maxLength ? 6 + length : 0;
      },
    },
    openSession: () => new ModbusSession(),
  },
};
