import type { Dissector, Message } from "../dissectors/dissector.ts";
import { DISSECTORS } from "../dissectors/index.ts";
import type { StatementCollector } from "../statement-collector.ts";
import type { ConversationTable } from "./conversation-table.ts";
import type { LinkHeader } from "./link-layer.ts";

const ETHERNET_DISSECTORS = new Map<number, Dissector>();
for (const dissector of DISSECTORS)
  for (const etherType of dissector.ethernet?.etherTypes ?? []) ETHERNET_DISSECTORS.set(etherType, dissector);

const GROUP_BIT = 0x0100;

/** Frames that carry something else than IP: read where a dissector knows the EtherType, counted by their MACs. */
export class EthernetFrames {
  readonly #conversations: ConversationTable;
  readonly #statements: StatementCollector;
  readonly #message: Message = {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    isFromServer: false,
    frame: 0,
    seenAt: 0,
  };

  constructor(conversations: ConversationTable, statements: StatementCollector) {
    this.#conversations = conversations;
    this.#statements = statements;
  }

  /** @returns false where the link does not tell both ends, so that there is no conversation to count for */
  frame(link: LinkHeader, bytes: Uint8Array, end: number, wireBytes: number, frame: number, timeMs: number): boolean {
    const hasIdentity = link.sourceHigh >= 0 && this.#read(link, bytes, end, frame, timeMs);
    // A cooked link does not tell the receiver.
    if (link.sourceHigh < 0 || link.targetHigh < 0) return false;
    // Without ports, who tells somebody what it is, is the one that was asked.
    const isAnswer = hasIdentity && (link.targetHigh & GROUP_BIT) === 0;
    this.#conversations.countEthernet(link, isAnswer, wireBytes, timeMs);
    return true;
  }

  /** @returns whether the frame said what its sender is */
  #read(link: LinkHeader, bytes: Uint8Array, end: number, frame: number, timeMs: number): boolean {
    const dissector = ETHERNET_DISSECTORS.get(link.etherType);
    if (dissector?.ethernet === undefined) return false;
    const message = this.#message;
    message.bytes = bytes;
    message.start = link.payloadAt;
    message.end = end;
    message.frame = frame;
    message.seenAt = timeMs;
    const toldBefore = this.#statements.count;
    this.#statements.setEthernetSender(dissector.protocol, link.sourceHigh, link.sourceLow, message);
    dissector.ethernet.frame(message, this.#statements.emit);
    return this.#statements.count > toldBefore;
  }
}
