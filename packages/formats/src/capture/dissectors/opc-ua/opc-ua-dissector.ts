import { readU32Le } from "../../byte-order.ts";
import type { MemoryBudget } from "../../limits.ts";
import { ByteJoiner } from "../byte-joiner.ts";
import type { Dissector, Emit, Message, Session } from "../dissector.ts";
import { readServiceAnswer } from "./service-answer.ts";

const PORT = 4840;

// OPC UA connection protocol (OPC 10000-6, 6.7 and 7.1): three letters of the type, chunk type, size of the chunk.
const HEADER_BYTES = 8;
const MESSAGE_TYPES = new Set(["HEL", "ACK", "ERR", "RHE", "OPN", "CLO", "MSG"]);
const CHUNK_FINAL = 0x46; // "F"
const CHUNK_MIDDLE = 0x43; // "C"
const CHUNK_ABORT = 0x41; // "A"
/** Channel, token, sequence number, request. */
const MESSAGE_HEADER_BYTES = HEADER_BYTES + 16;
const MAX_CHUNK_BYTES = 1024 * 1024;
/** Descriptions of endpoints carry a certificate each. */
const MAX_MESSAGE_BYTES = 256 * 1024;
/** Version, buffer sizes, limits of messages and chunks: what a hello has before its URL's length. */
const HELLO_BYTES = HEADER_BYTES + 20;

function typeOf(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!);
}

function chunkBytes(bytes: Uint8Array, at: number): number {
  const chunk = bytes[at + 3];
  const isChunk = chunk === CHUNK_FINAL || chunk === CHUNK_MIDDLE || chunk === CHUNK_ABORT;
  if (!isChunk || !MESSAGE_TYPES.has(typeOf(bytes, at))) return 0;
  const length = readU32Le(bytes, at + 4);
  return length >= HEADER_BYTES && length <= MAX_CHUNK_BYTES ? length : 0;
}

/** One connection. Chunks of one answer follow each other; only the server's answers are read. */
class OpcUaSession implements Session {
  readonly #joiner: ByteJoiner;
  /** The answer under way is longer than what is kept. */
  #isTooLong = false;

  constructor(budget: MemoryBudget) {
    this.#joiner = new ByteJoiner(budget, MAX_MESSAGE_BYTES);
  }

  message({ bytes, start, end, isFromServer }: Message, emit: Emit): string {
    const isAnswer = isFromServer && typeOf(bytes, start) === "MSG" && end - start >= MESSAGE_HEADER_BYTES;
    if (!isAnswer) return "opcua";
    const chunk = bytes[start + 3];
    const bodyAt = start + MESSAGE_HEADER_BYTES;
    if (chunk === CHUNK_MIDDLE) this.#isTooLong ||= !this.#joiner.add(bytes, bodyAt, end);
    else if (chunk === CHUNK_FINAL && !this.#isTooLong) this.#finish(bytes, bodyAt, end, emit);
    if (chunk !== CHUNK_MIDDLE) this.#clear();
    return "opcua";
  }

  gap(isFromServer: boolean): void {
    if (isFromServer) this.#clear();
  }

  close(): void {
    this.#clear();
  }

  #finish(bytes: Uint8Array, start: number, end: number, emit: Emit): void {
    if (this.#joiner.isEmpty) {
      tell(bytes, start, end, emit);
    } else if (this.#joiner.add(bytes, start, end)) {
      const whole = this.#joiner.join();
      tell(whole, 0, whole.length, emit);
    }
  }

  #clear(): void {
    this.#joiner.clear();
    this.#isTooLong = false;
  }
}

/** What is encrypted is not told: its first bytes are no service's number. */
function tell(bytes: Uint8Array, start: number, end: number, emit: Emit): void {
  const statement = readServiceAnswer(bytes, start, end);
  if (statement !== null) emit(statement);
}

/** OPC UA binary over TCP: the application from its description, the product from BuildInfo. */
export const opcUaDissector: Dissector = {
  protocol: "opcua",
  tcp: {
    ports: [PORT],
    framing: { headerBytes: HEADER_BYTES, pduBytes: chunkBytes },
    openSession: (budget) => new OpcUaSession(budget),
    // A hello is sent first, by the client, and names the endpoint.
    isOpening: (bytes, start, end) =>
      end - start > HELLO_BYTES && typeOf(bytes, start) === "HEL" && chunkBytes(bytes, start) > HELLO_BYTES,
  },
};
