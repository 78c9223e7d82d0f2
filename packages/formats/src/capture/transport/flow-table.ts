import type { Dissector } from "../dissectors/dissector.ts";
import { DISSECTORS } from "../dissectors/index.ts";
import { LIMITS } from "../limits.ts";
import type { AddressTable } from "../network/address-table.ts";
import { type ConversationTable, TRANSPORT_TCP } from "../network/conversation-table.ts";
import { FloatColumn, IntKeyMap } from "../network/int-key-map.ts";
import { isSenderServer } from "./flow-direction.ts";
import type { StreamOwner } from "./tcp-streams.ts";

const OPENING_DISSECTORS = DISSECTORS.filter(({ tcp }) => tcp?.isOpening !== undefined);
const TCP_DISSECTORS = new Map<number, Dissector>();
const UDP_DISSECTORS = new Map<number, Dissector>();
for (const dissector of DISSECTORS) {
  for (const port of dissector.tcp?.ports ?? []) TCP_DISSECTORS.set(port, dissector);
  for (const port of dissector.udp?.ports ?? []) UDP_DISSECTORS.set(port, dissector);
}

/** Ends of one packet. IPv4 keys are the addresses; IPv6 keys are their numbers in the address table. */
export type PacketEnds = {
  family: 4 | 6;
  sourceKey: number;
  targetKey: number;
  sourcePort: number;
  targetPort: number;
  transport: number;
  /** 0 with UDP. */
  tcpFlags: number;
};

/**
 * Five-tuples by number, so that each packet costs one look-up: which conversation it counts for, which side is the
 * server, which dissector reads it.
 */
export class FlowTable {
  readonly #flows = new IntKeyMap(LIMITS.maxFlows);
  readonly #addresses: AddressTable;
  readonly #conversations: ConversationTable;
  readonly #conversationOf = new FloatColumn();
  readonly #firstId = new FloatColumn();
  readonly #secondId = new FloatColumn();
  readonly #isFirstServer = new FloatColumn();
  readonly #dissectors: (Dissector | null)[] = [];
  /** 1: a TCP connection to a port that no dissector knows, whose first bytes are to come. */
  readonly #isUnopened = new FloatColumn();
  /** Whether the last looked-up packet's sender is the first end. */
  #isSenderFirst = false;

  constructor(addresses: AddressTable, conversations: ConversationTable) {
    this.#addresses = addresses;
    this.#conversations = conversations;
  }

  /** Number of the packet's five-tuple, both directions alike; -1 when the table is full and must be cleared. */
  lookUp(ends: PacketEnds, timeMs: number): number {
    const { sourceKey, targetKey, sourcePort, targetPort } = ends;
    const isFirst = sourceKey < targetKey || (sourceKey === targetKey && sourcePort <= targetPort);
    this.#isSenderFirst = isFirst;
    const tag = (ends.transport << 8) | ends.family;
    const flow = isFirst
      ? this.#flows.intern(sourceKey, targetKey, (sourcePort << 16) | targetPort, tag)
      : this.#flows.intern(targetKey, sourceKey, (targetPort << 16) | sourcePort, tag);
    if (flow === this.#dissectors.length) this.#open(flow, ends, isFirst, timeMs);
    return flow;
  }

  clear(): void {
    this.#flows.clear();
    this.#dissectors.length = 0;
  }

  conversationOf(flow: number): number {
    return this.#conversationOf.get(flow);
  }

  dissectorOf(flow: number): Dissector | null {
    return this.#dissectors[flow] ?? null;
  }

  /**
   * Looks whether the first bytes of a connection open a protocol that is told by them, on whatever port.
   *
   * @returns the dissector from then on; null when there is none
   */
  recogniseOpening(flow: number, bytes: Uint8Array, start: number, end: number): Dissector | null {
    if (this.#isUnopened.get(flow) !== 1 || end <= start) return null;
    this.#isUnopened.set(flow, 0);
    if (this.isSenderServer(flow)) return null;
    const opened = OPENING_DISSECTORS.find(({ tcp }) => tcp!.isOpening!(bytes, start, end)) ?? null;
    this.#dissectors[flow] = opened;
    return opened;
  }

  /** Number of the last looked-up packet's sender; -1 when there were too many addresses. */
  senderId(flow: number): number {
    return this.#isSenderFirst ? this.#firstId.get(flow) : this.#secondId.get(flow);
  }

  receiverId(flow: number): number {
    return this.#isSenderFirst ? this.#secondId.get(flow) : this.#firstId.get(flow);
  }

  isSenderServer(flow: number): boolean {
    return this.#isSenderFirst === (this.#isFirstServer.get(flow) === 1);
  }

  ownerOf(flow: number): StreamOwner {
    const first = this.#firstId.get(flow);
    const second = this.#secondId.get(flow);
    const isFirstServer = this.#isFirstServer.get(flow) === 1;
    return {
      clientId: isFirstServer ? second : first,
      serverId: isFirstServer ? first : second,
      conversation: this.conversationOf(flow),
    };
  }

  #open(flow: number, ends: PacketEnds, isSenderFirst: boolean, timeMs: number): void {
    const { transport, sourcePort, targetPort } = ends;
    const dissectors = transport === TRANSPORT_TCP ? TCP_DISSECTORS : UDP_DISSECTORS;
    const sourceId = this.#idOf(ends, ends.sourceKey);
    const targetId = this.#idOf(ends, ends.targetKey);
    const hasKnown = this.#hasConversation(sourceId, targetId, ends);
    const isServer =
      hasKnown ?? isSenderServer(transport, sourcePort, targetPort, ends.tcpFlags, (port) => dissectors.has(port));
    const [clientId, serverId] = isServer ? [targetId, sourceId] : [sourceId, targetId];
    const serverPort = isServer ? sourcePort : targetPort;
    const conversation =
      sourceId < 0 || targetId < 0 ? -1 : this.#conversations.intern(clientId, serverId, serverPort, transport, timeMs);
    this.#conversationOf.set(flow, conversation);
    this.#firstId.set(flow, isSenderFirst ? sourceId : targetId);
    this.#secondId.set(flow, isSenderFirst ? targetId : sourceId);
    this.#isFirstServer.set(flow, isServer === isSenderFirst ? 1 : 0);
    // Without an address number nobody could say whom a statement is about.
    const dissector = serverId < 0 ? null : (dissectors.get(serverPort) ?? null);
    this.#dissectors[flow] = dissector;
    this.#isUnopened.set(flow, transport === TRANSPORT_TCP && dissector === null && serverId >= 0 ? 1 : 0);
  }

  /** Another five-tuple of the same conversation has decided already, e.g. before the flows were cleared. */
  #hasConversation(sourceId: number, targetId: number, ends: PacketEnds): boolean | null {
    if (ends.sourcePort === ends.targetPort || (ends.tcpFlags & 0x02) !== 0) return null;
    const isServer = this.#conversations.has(targetId, sourceId, ends.sourcePort, ends.transport);
    const isClient = this.#conversations.has(sourceId, targetId, ends.targetPort, ends.transport);
    return isServer === isClient ? null : isServer;
  }

  #idOf(ends: PacketEnds, key: number): number {
    return ends.family === 4 ? this.#addresses.internIpv4(key) : key;
  }
}
