import { readU16Be } from "../../byte-order.ts";
import type { MemoryBudget } from "../../limits.ts";
import type { Dissector, Emit, EmitEvent, Message, Session } from "../dissector.ts";
import { readMms } from "../mms/mms-identity.ts";
import { readSessionSetup } from "../s7comm-plus/session-setup.ts";
import { CotpAssembly } from "./cotp.ts";
import { s7Event } from "./s7-events.ts";
import { SzlAssembly } from "./szl-answer.ts";
import { toStatement } from "./szl-identity.ts";

const PORT = 102;
/** TPKT (RFC 1006): version 3, a reserved byte, the length of the whole packet. */
const TPKT_HEADER_BYTES = 4;
const MIN_TPKT_BYTES = 7;

const PROTOCOL_S7COMM = 0x32;
const PROTOCOL_S7COMM_PLUS = 0x72;

/** One connection; each direction joins its own fragments. */
class S7Session implements Session {
  readonly #directions: { cotp: CotpAssembly; szl: SzlAssembly }[];

  constructor(budget: MemoryBudget) {
    this.#directions = [0, 1].map(() => ({ cotp: new CotpAssembly(budget), szl: new SzlAssembly(budget) }));
  }

  message(message: Message, emit: Emit, emitEvent: EmitEvent): string | null {
    const direction = this.#directions[message.isFromServer ? 1 : 0]!;
    const unit = direction.cotp.add(message.bytes, message.start + TPKT_HEADER_BYTES, message.end);
    if (unit === null) return null;
    const { bytes, start, end } = unit;
    if (end - start < 2) return null;
    if (bytes[start] === PROTOCOL_S7COMM_PLUS) {
      const told = message.isFromServer ? readSessionSetup(bytes, start, end) : null;
      if (told !== null) emit(told);
      return "s7comm-plus";
    }
    if (bytes[start] !== PROTOCOL_S7COMM) return readMms(bytes, start, end, emit);
    const event = s7Event(bytes, start, end);
    if (event !== null) emitEvent(event);
    const list = direction.szl.add(bytes, start, end);
    const statement = list === null ? null : toStatement(list);
    if (statement !== null) emit(statement);
    return "s7comm";
  }

  gap(isFromServer: boolean): void {
    const direction = this.#directions[isFromServer ? 1 : 0]!;
    direction.cotp.clear();
    direction.szl.clear();
  }

  close(): void {
    this.gap(false);
    this.gap(true);
  }
}

/**
 * ISO transport. S7comm: identity from answers to reads of the system status lists 0x0011 and 0x001C, and what jobs do to
 * the CPU; S7comm-plus: identity from its set-up; MMS: from Identify.
 */
export const s7commDissector: Dissector = {
  protocol: "s7comm",
  tcp: {
    ports: [PORT],
    framing: {
      headerBytes: TPKT_HEADER_BYTES,
      pduBytes: (bytes, at) => {
        if (bytes[at] !== 3 || bytes[at + 1] !== 0) return 0;
        const length = readU16Be(bytes, at + 2);
        return length >= MIN_TPKT_BYTES ? length : 0;
      },
    },
    openSession: (budget) => new S7Session(budget),
  },
};
