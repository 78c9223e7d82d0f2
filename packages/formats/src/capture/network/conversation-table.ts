import type { ConversationRecord } from "../../records.ts";
import { LIMITS } from "../limits.ts";
import type { AddressTable } from "./address-table.ts";
import { formatMac } from "./address-text.ts";
import { FloatColumn, IntKeyMap } from "./int-key-map.ts";
import type { LinkHeader } from "./link-layer.ts";

export const TRANSPORT_TCP = 6;
export const TRANSPORT_UDP = 17;
const TRANSPORT_ETHERNET = 0;

/** EtherTypes that name an application by themselves (IEEE registry). */
const ETHERTYPE_PROTOCOLS: Record<number, string> = {
  34962: "profinet", // 0x8892
  34980: "ethercat", // 0x88a4
  35000: "goose", // 0x88b8
  35002: "sampled-values", // 0x88ba
  35020: "lldp", // 0x88cc
  35043: "mrp", // 0x88e3
  35063: "ptp", // 0x88f7
};

/** Who talked to whom, folded: one row per client, server, server port and transport. */
export class ConversationTable {
  /** Client number, server number, port or EtherType, transport. */
  readonly #rows = new IntKeyMap(LIMITS.maxConversations);
  readonly #macs = new IntKeyMap(LIMITS.maxMacAddresses);
  readonly #addresses: AddressTable;
  readonly #frames = new FloatColumn();
  readonly #bytes = new FloatColumn();
  readonly #firstSeen = new FloatColumn();
  readonly #lastSeen = new FloatColumn();
  readonly #answered = new FloatColumn();
  readonly #protocols: (string | null)[] = [];
  droppedFrames = 0;

  constructor(addresses: AddressTable) {
    this.#addresses = addresses;
  }

  /** Row of an IP conversation; -1 when the table is full. */
  intern(clientId: number, serverId: number, port: number, transport: number, timeMs: number): number {
    return this.#intern(clientId, serverId, port, transport, timeMs);
  }

  has(clientId: number, serverId: number, port: number, transport: number): boolean {
    return this.#rows.find(clientId, serverId, port, transport) >= 0;
  }

  /**
   * Counts a frame that carries something else than IP; both directions fold into the row that came first.
   *
   * @param isAnswer the sender is the server, should this be the first frame of the two
   */
  countEthernet(link: LinkHeader, isAnswer: boolean, wireBytes: number, timeMs: number): void {
    const source = this.#macs.intern(link.sourceHigh, link.sourceLow, 0, 0);
    const target = this.#macs.intern(link.targetHigh, link.targetLow, 0, 0);
    if (source < 0 || target < 0) {
      this.droppedFrames += 1;
      return;
    }
    const { etherType } = link;
    let row = this.#rows.find(source, target, etherType, TRANSPORT_ETHERNET);
    const isFromServer = row < 0 && (isAnswer || this.#rows.find(target, source, etherType, TRANSPORT_ETHERNET) >= 0);
    if (isFromServer) row = this.#intern(target, source, etherType, TRANSPORT_ETHERNET, timeMs);
    else if (row < 0) row = this.#intern(source, target, etherType, TRANSPORT_ETHERNET, timeMs);
    this.count(row, wireBytes, timeMs, isFromServer);
  }

  count(row: number, wireBytes: number, timeMs: number, isFromServer: boolean): void {
    if (row < 0) {
      this.droppedFrames += 1;
      return;
    }
    this.#frames.add(row, 1);
    this.#bytes.add(row, wireBytes);
    if (isFromServer) this.#answered.set(row, 1);
    if (timeMs > this.#lastSeen.get(row)) this.#lastSeen.set(row, timeMs);
    else if (timeMs < this.#firstSeen.get(row)) this.#firstSeen.set(row, timeMs);
  }

  /** Notes what a dissector recognised in the conversation's payload; the first word stands. */
  recognise(row: number, protocol: string): void {
    if (row >= 0 && this.#protocols[row] === null) this.#protocols[row] = protocol;
  }

  /** What only the whole capture shows: MACs that are on both ends of a conversation identify nobody. */
  disownShared(): void {
    for (let row = 0; row < this.#rows.size; row++)
      if (this.#rows.word(row, 3) !== TRANSPORT_ETHERNET)
        this.#addresses.disownShared(this.#rows.word(row, 0), this.#rows.word(row, 1));
  }

  /** All rows, in the order they were opened. */
  *records(): Generator<ConversationRecord> {
    for (let row = 0; row < this.#rows.size; row++) {
      const transport = this.#rows.word(row, 3);
      const counts = {
        protocol: this.#protocols[row] ?? null,
        isAnswered: this.#answered.get(row) === 1,
        frames: this.#frames.get(row),
        bytes: this.#bytes.get(row),
        firstSeen: this.#firstSeen.get(row),
        lastSeen: this.#lastSeen.get(row),
      };
      if (transport === TRANSPORT_ETHERNET) yield { ...this.#ethernetEnds(row), transport: "ethernet", ...counts };
      else yield { ...this.#ipEnds(row), transport: transport === TRANSPORT_TCP ? "tcp" : "udp", ...counts };
    }
  }

  #intern(client: number, server: number, port: number, transport: number, timeMs: number): number {
    const row = this.#rows.intern(client, server, port, transport);
    if (row === this.#protocols.length) {
      this.#protocols.push(transport === TRANSPORT_ETHERNET ? (ETHERTYPE_PROTOCOLS[port] ?? null) : null);
      this.#frames.set(row, 0);
      this.#bytes.set(row, 0);
      this.#answered.set(row, 0);
      this.#firstSeen.set(row, timeMs);
      this.#lastSeen.set(row, timeMs);
    }
    return row;
  }

  #ipEnds(row: number): Pick<ConversationRecord, "client" | "server"> {
    const end = (id: number) => ({ ipAddress: this.#addresses.textOf(id), macAddress: this.#addresses.macOf(id) });
    const port = this.#rows.word(row, 2);
    return { client: end(this.#rows.word(row, 0)), server: { ...end(this.#rows.word(row, 1)), port } };
  }

  #ethernetEnds(row: number): Pick<ConversationRecord, "client" | "server"> {
    const mac = (id: number) => formatMac(this.#macs.word(id, 0), this.#macs.word(id, 1));
    const client = { ipAddress: null, macAddress: mac(this.#rows.word(row, 0)) };
    return { client, server: { ipAddress: null, macAddress: mac(this.#rows.word(row, 1)), port: null } };
  }
}
