import { readText } from "../../byte-order.ts";
import type { Dissector, Emit, EmitEvent, Message, Session } from "../dissector.ts";
import { melsecEvent } from "./melsec-events.ts";
import { MIN_HEADER_BYTES, melsecFrameBytes, readMelsecFrame } from "./melsec-frame.ts";

/** Ports of the built-in Ethernet (MELSOFT) and those that the manuals' examples and most plants set for SLMP. */
const TCP_PORTS = [5001, 5002, 5007, 5010];
const UDP_PORTS = [5000, 5001, 5006, 5010];

/** Answer to Read CPU Model Name (command 0x0101): name, filled up with blanks, and code. */
const MODEL_NAME_BYTES = 16;
const MODEL_ANSWER_BYTES = MODEL_NAME_BYTES + 2;
/** `Q03UDVCPU`, `L26CPU-BT`, `R04ENCPU`, `FX5U-32MR/ES`, `NZ2GF2B1`: answers do not tell what was asked, but no data look so. */
const MODEL_NAME = /^(?:Q|L|R|A|FX|QS|RJ|NZ)\d[0-9A-Z]{1,8}(?:[-/][0-9A-Z/]{1,8})?$/;

/** The CPU's own word. */
const CONFIDENCE = 85;

function readFrame({ bytes, start, end }: Message, emit: Emit, emitEvent: EmitEvent): string | null {
  if (end - start < MIN_HEADER_BYTES) return null;
  const length = melsecFrameBytes(bytes, start, end);
  if (length === 0 || start + length > end) return null;
  const { isRequest, isOwn, command, endCode, dataAt } = readMelsecFrame(bytes, start);
  if (isRequest) {
    const event = melsecEvent(command);
    if (event !== null) emitEvent(event);
  } else if (isOwn && endCode === 0 && start + length - dataAt === MODEL_ANSWER_BYTES) {
    tellModel(bytes, dataAt, emit);
  }
  return "melsec";
}

function tellModel(bytes: Uint8Array, at: number, emit: Emit): void {
  const model = readText(bytes, at, at + MODEL_NAME_BYTES);
  if (!MODEL_NAME.test(model)) return;
  const type = "Programmable Logic Controller (PLC)";
  const hardware = { manufacturer: "Mitsubishi Electric", type, model, orderNumber: model };
  emit({ hardware, confidence: CONFIDENCE });
}

const session: Session = { message: readFrame, gap() {}, close() {} };

/** MELSEC communication protocol and SLMP: the CPU's model name, remote operation and file transfer. */
export const melsecDissector: Dissector = {
  protocol: "melsec",
  tcp: {
    ports: TCP_PORTS,
    framing: { headerBytes: MIN_HEADER_BYTES, pduBytes: melsecFrameBytes },
    // Each frame stands alone, so that every connection shares one session.
    openSession: () => session,
  },
  udp: { ports: UDP_PORTS, datagram: readFrame },
};
