import { readU16Be } from "../../byte-order.ts";
import type { Dissector, Emit, Message, Session } from "../dissector.ts";
import { readCommandAnswer } from "./command-answer.ts";

const PORT = 5094;
/** A server goes on from another port over UDP, most often the next one. */
const UDP_PORTS = [PORT, 5095];

// HART-IP header (HCF_SPEC-085): version, type, id, status, sequence number, length of header and body.
const HEADER_BYTES = 8;
const VERSIONS = new Set([1, 2]);
const TYPE_RESPONSE = 1;
/** Request, response, publish, error. */
const TYPES = new Set([0, 1, 2, 15]);
const ID_TOKEN_PASSING = 3;
/** Initiate, close, keep alive, token passing, direct, read audit log. */
const MAX_ID = 5;
const MAX_BYTES = 4096;

/** The device's own word. */
const CONFIDENCE = 90;

function unitBytes(bytes: Uint8Array, at: number): number {
  const isHeader = VERSIONS.has(bytes[at]!) && TYPES.has(bytes[at + 1]!) && bytes[at + 2]! <= MAX_ID;
  const length = readU16Be(bytes, at + 6);
  return isHeader && length >= HEADER_BYTES && length <= MAX_BYTES ? length : 0;
}

function readUnit({ bytes, start, end }: Message, emit: Emit): string | null {
  if (end - start < HEADER_BYTES) return null;
  const length = unitBytes(bytes, start);
  if (length === 0 || start + length > end) return null;
  const bodyAt = start + HEADER_BYTES;
  const isAnswer = bytes[start + 1] === TYPE_RESPONSE && bytes[start + 2] === ID_TOKEN_PASSING;
  if (!isAnswer || length === HEADER_BYTES) return "hart-ip";
  const hardware = readCommandAnswer(bytes, bodyAt, start + length);
  if (hardware !== null) emit({ hardware, confidence: CONFIDENCE });
  return "hart-ip";
}

const session: Session = { message: readUnit, gap() {}, close() {} };

/** HART-IP: identity from command 0, and the long tag. */
export const hartIpDissector: Dissector = {
  protocol: "hart-ip",
  tcp: {
    ports: [PORT],
    framing: { headerBytes: HEADER_BYTES, pduBytes: unitBytes },
    // Each unit stands alone, so that every connection shares one session.
    openSession: () => session,
  },
  udp: { ports: UDP_PORTS, datagram: readUnit },
};
