import type { CaptureEvent, CaptureSummary, Issue } from "../records.ts";
import { readI32Be, readU16Be } from "./byte-order.ts";
import type { Message } from "./dissectors/dissector.ts";
import { EventCollector } from "./event-collector.ts";
import { IssueCollector } from "./issue-collector.ts";
import { LIMITS, MemoryBudget } from "./limits.ts";
import { AddressTable } from "./network/address-table.ts";
import { ConversationTable, TRANSPORT_TCP, TRANSPORT_UDP } from "./network/conversation-table.ts";
import { EthernetFrames } from "./network/ethernet-frames.ts";
import { IpDecoder } from "./network/ip-decoder.ts";
import { decodeLink, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, newLinkHeader } from "./network/link-layer.ts";
import type { FrameSink } from "./reader/capture-format.ts";
import { StatementCollector } from "./statement-collector.ts";
import { FlowTable, type PacketEnds } from "./transport/flow-table.ts";
import { type Segment, TcpStreams } from "./transport/tcp-streams.ts";

const EMPTY = new Uint8Array(0);
const MIN_TCP_BYTES = 20;
const UDP_BYTES = 8;
const ARP_BYTES = 28;
/** A frame's check sequence, which few capture and some count. */
const FCS_BYTES = 4;
/** Hardware Ethernet, protocol IPv4: the first four bytes of the only ARP of interest. */
const ARP_ETHERNET_IPV4 = 0x00010800;

/** Takes frames one by one and keeps what the capture's end will tell; identities leave as they come. */
export class CaptureAnalysis implements FrameSink {
  readonly #events: CaptureEvent[] = [];
  readonly #budget = new MemoryBudget(LIMITS.maxBufferedBytes);
  readonly #addresses = new AddressTable();
  readonly #conversations = new ConversationTable(this.#addresses);
  readonly #flows = new FlowTable(this.#addresses, this.#conversations);
  readonly #statements = new StatementCollector(this.#addresses, this.#events);
  readonly #processEvents = new EventCollector(this.#addresses, this.#events);
  readonly #issues = new IssueCollector(this.#events);
  readonly #ip = new IpDecoder(this.#addresses, this.#budget);
  readonly #streams = new TcpStreams(this.#budget, {
    emit: this.#statements.emit,
    emitEvent: this.#processEvents.emit,
    setMessage: (protocol, { clientId, serverId }, message) => {
      this.#statements.setSender(protocol, message.isFromServer ? serverId : clientId, message);
      this.#processEvents.setEnds(protocol, clientId, serverId, message);
    },
    recognise: (conversation, protocol) => this.#conversations.recognise(conversation, protocol),
    ownerOf: (flow) => this.#flows.ownerOf(flow),
  });
  readonly #ethernet = new EthernetFrames(this.#conversations, this.#statements);
  readonly #link = newLinkHeader();
  readonly #ends: PacketEnds = {
    family: 4,
    sourceKey: 0,
    targetKey: 0,
    sourcePort: 0,
    targetPort: 0,
    transport: 0,
    tcpFlags: 0,
  };
  readonly #segment: Segment = {
    bytes: EMPTY,
    start: 0,
    end: 0,
    missingBytes: 0,
    sequence: 0,
    flags: 0,
    isFromServer: false,
    frame: 0,
    seenAt: 0,
  };
  readonly #datagram: Message = { bytes: EMPTY, start: 0, end: 0, isFromServer: false, frame: 0, seenAt: 0 };
  readonly #skipped = new Map<string, number>();
  #bytes = 0;
  /** Frames of which the capture has not all. */
  #cutFrames = 0;
  #firstSeen = Number.POSITIVE_INFINITY;
  #lastSeen = Number.NEGATIVE_INFINITY;
  /** Of the frame under way. */
  #timeMs = 0;
  #wireBytes = 0;
  frames = 0;

  issue(issue: Issue): void {
    this.#issues.add(issue);
  }

  frame(
    bytes: Uint8Array,
    start: number,
    end: number,
    wireBytes: number,
    timeMs: number,
    linkType: number,
    skipReason: string,
  ): void {
    this.frames += 1;
    this.#bytes += wireBytes;
    if (end - start < wireBytes - FCS_BYTES) this.#cutFrames += 1;
    this.#timeMs = timeMs;
    this.#wireBytes = wireBytes;
    if (timeMs < this.#firstSeen) this.#firstSeen = timeMs;
    if (timeMs > this.#lastSeen) this.#lastSeen = timeMs;
    if (this.frames % LIMITS.framesPerProgress === 0) this.#events.push({ type: "progress", frames: this.frames });
    if (linkType < 0) {
      this.#skip(skipReason);
      return;
    }
    const reason = decodeLink(this.#link, bytes, start, end, linkType);
    if (reason !== null) {
      this.#skip(reason);
      return;
    }
    this.#network(bytes, end);
  }

  /** What came up since the last call. */
  takeEvents(): CaptureEvent[] {
    return this.#events.splice(0);
  }

  /** Whether {@link takeEvents} would answer any. */
  get hasEvents(): boolean {
    return this.#events.length > 0;
  }

  /** The last events: what waited behind gaps, conversations, addresses, the summary. */
  *finish(isComplete: boolean): Generator<CaptureEvent> {
    // What waits in a file that was cut may still have been completed in the part that is missing.
    if (isComplete) this.#streams.flush();
    this.#processEvents.finish();
    this.#countLosses();
    this.#issues.finish();
    yield* this.takeEvents();
    this.#conversations.disownShared();
    for (const address of this.#addresses.records()) yield { type: "address", address };
    for (const conversation of this.#conversations.records()) yield { type: "conversation", conversation };
    yield { type: "end", isComplete, summary: this.#summary() };
  }

  #network(bytes: Uint8Array, end: number): void {
    const { etherType, payloadAt } = this.#link;
    if (etherType === ETHERTYPE_IPV4) {
      this.#packet(this.#ip.decodeIpv4(bytes, payloadAt, end, this.#timeMs));
      return;
    }
    if (etherType === ETHERTYPE_IPV6) {
      this.#packet(this.#ip.decodeIpv6(bytes, payloadAt, end, this.#timeMs));
      return;
    }
    if (etherType === ETHERTYPE_ARP) {
      this.#arp(bytes, payloadAt, end);
      return;
    }
    const isCounted = this.#ethernet.frame(this.#link, bytes, end, this.#wireBytes, this.frames, this.#timeMs);
    if (!isCounted) this.#skip("ethertype");
  }

  #arp(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < ARP_BYTES || readI32Be(bytes, at) !== ARP_ETHERNET_IPV4) {
      this.#skip("arp");
      return;
    }
    const address = readI32Be(bytes, at + 14);
    // A probe (RFC 5227) asks with sender address 0.
    if (address === 0) return;
    const id = this.#addresses.internIpv4(address);
    if (id >= 0) this.#addresses.observe(id, readU16Be(bytes, at + 8), readI32Be(bytes, at + 10), this.#timeMs);
  }

  #packet(outcome: string): void {
    if (outcome === "held") return;
    if (outcome !== "packet") {
      this.#skip(outcome);
      return;
    }
    const { protocol } = this.#ip.packet;
    if (protocol === TRANSPORT_TCP) this.#tcp();
    else if (protocol === TRANSPORT_UDP) this.#udp();
    else this.#otherProtocol();
  }

  /** ICMP and the like: no conversation, but the sender's MAC. */
  #otherProtocol(): void {
    const { family, sourceKey } = this.#ip.packet;
    this.#observe(family === 4 ? this.#addresses.internIpv4(sourceKey) : sourceKey);
  }

  #tcp(): void {
    const { bytes, start, end, missingBytes } = this.#ip.packet;
    if (end - start < MIN_TCP_BYTES) {
      this.#skip("short-tcp");
      return;
    }
    const payloadAt = start + (bytes[start + 12]! >> 4) * 4;
    const flow = this.#flow(bytes[start + 13]!);
    if (payloadAt < start + MIN_TCP_BYTES || payloadAt > end) {
      this.#skip("tcp-header");
      return;
    }
    const dissector = this.#flows.dissectorOf(flow) ?? this.#flows.recogniseOpening(flow, bytes, payloadAt, end);
    if (dissector === null) return;
    const segment = this.#segment;
    segment.bytes = bytes;
    segment.start = payloadAt;
    segment.end = end;
    segment.missingBytes = missingBytes;
    segment.sequence = readI32Be(bytes, start + 4);
    segment.flags = bytes[start + 13]!;
    segment.isFromServer = this.#flows.isSenderServer(flow);
    segment.frame = this.frames;
    segment.seenAt = this.#timeMs;
    this.#streams.segment(flow, dissector, segment);
  }

  #udp(): void {
    const { bytes, start, end } = this.#ip.packet;
    if (end - start < UDP_BYTES) {
      this.#skip("short-udp");
      return;
    }
    const flow = this.#flow(0);
    const dissector = this.#flows.dissectorOf(flow);
    if (!dissector?.udp) return;
    const message = this.#datagram;
    message.bytes = bytes;
    message.start = start + UDP_BYTES;
    message.end = end;
    message.isFromServer = this.#flows.isSenderServer(flow);
    message.frame = this.frames;
    message.seenAt = this.#timeMs;
    const { clientId, serverId } = this.#flows.ownerOf(flow);
    const servedAt = (at: number) => ({ transport: "udp", port: readU16Be(bytes, at) }) as const;
    const serves = message.isFromServer ? undefined : servedAt(start);
    const receiver = { addressId: this.#flows.receiverId(flow), serves: servedAt(start + 2) };
    this.#statements.setSender(dissector.protocol, this.#flows.senderId(flow), message, serves, receiver);
    this.#processEvents.setEnds(dissector.protocol, clientId, serverId, message);
    const protocol = dissector.udp.datagram(message, this.#statements.emit, this.#processEvents.emit);
    if (protocol !== null) this.#conversations.recognise(this.#flows.conversationOf(flow), protocol);
  }

  /** Finds the packet's flow, counts the packet for its conversation and notes the sender's MAC. */
  #flow(tcpFlags: number): number {
    const packet = this.#ip.packet;
    const ends = this.#ends;
    ends.family = packet.family;
    ends.sourceKey = packet.sourceKey;
    ends.targetKey = packet.targetKey;
    ends.sourcePort = readU16Be(packet.bytes, packet.start);
    ends.targetPort = readU16Be(packet.bytes, packet.start + 2);
    ends.transport = packet.protocol;
    ends.tcpFlags = tcpFlags;
    let flow = this.#flows.lookUp(ends, this.#timeMs);
    if (flow < 0) {
      this.#streams.flush();
      this.#flows.clear();
      flow = this.#flows.lookUp(ends, this.#timeMs);
    }
    const isFromServer = this.#flows.isSenderServer(flow);
    this.#conversations.count(this.#flows.conversationOf(flow), this.#wireBytes, this.#timeMs, isFromServer);
    this.#observe(this.#flows.senderId(flow), this.#flows.receiverId(flow));
    return flow;
  }

  #observe(addressId: number, peerId = -1): void {
    const { sourceHigh, sourceLow, targetHigh, targetLow } = this.#link;
    if (addressId < 0 || sourceHigh < 0 || !this.#ip.packet.isFromThisLink) return;
    if (sourceHigh === targetHigh && sourceLow === targetLow) this.#addresses.disown(sourceHigh, sourceLow);
    this.#addresses.observe(addressId, sourceHigh, sourceLow, this.#timeMs, peerId);
  }

  #skip(reason: string): void {
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
  }

  #countLosses(): void {
    const fragments = this.#ip.fragments.incompleteFrames;
    if (fragments > 0) this.#skipped.set("fragment-incomplete", fragments);
    const { droppedFrames } = this.#conversations;
    if (droppedFrames > 0) {
      this.#warn(
        "conversation-limit",
        `${droppedFrames} frames belong to conversations beyond the ${LIMITS.maxConversations} that are kept; split the capture to see them.`,
      );
    }
    if (this.#cutFrames > 0) {
      this.#warn(
        "frames-cut",
        `Of ${this.#cutFrames} of ${this.frames} frames the capture kept the beginning only; what devices say of themselves is lost with the rest. Capture whole frames (a snapshot length of 0 or 262144).`,
      );
    }
    if (this.#addresses.droppedPairs > 0) {
      this.#warn("address-limit", `${this.#addresses.droppedPairs} address pairs were not kept.`);
    }
    if (this.#budget.refusals > 0) {
      this.#warn("memory-limit", `Reassembly ran out of its memory ${this.#budget.refusals} times; messages are lost.`);
    }
  }

  #warn(code: string, message: string): void {
    this.#issues.add({ level: "warning", code, where: "end of file", message });
  }

  #summary(): CaptureSummary {
    const hasFrames = this.frames > 0;
    return {
      frames: this.frames,
      bytes: this.#bytes,
      firstSeen: hasFrames ? this.#firstSeen : null,
      lastSeen: hasFrames ? this.#lastSeen : null,
      skipped: Object.fromEntries(this.#skipped),
    };
  }
}
