import type { Dissector, Emit, EmitEvent, Message, Session } from "../dissectors/dissector.ts";
import { LIMITS, type MemoryBudget } from "../limits.ts";
import { PduCutter, type PduSink } from "./pdu-cutter.ts";
import { StreamDirection } from "./stream-direction.ts";

const FLAG_FIN = 0x01;
const FLAG_SYN = 0x02;
const FLAG_RST = 0x04;

/** Who a stream belongs to: numbers of the two addresses, row of the conversation. */
export type StreamOwner = { clientId: number; serverId: number; conversation: number };

/** What a stream's messages need from the capture around them. */
export type StreamListener = {
  readonly emit: Emit;
  readonly emitEvent: EmitEvent;
  /** The next statements and events come from this message. */
  setMessage(protocol: string, owner: StreamOwner, message: Message): void;
  recognise(conversation: number, protocol: string): void;
  ownerOf(flow: number): StreamOwner;
};

/** One segment as the transport header tells it; reused from frame to frame. */
export type Segment = {
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Payload the capture cut off. */
  missingBytes: number;
  sequence: number;
  flags: number;
  isFromServer: boolean;
  frame: number;
  seenAt: number;
};

/** TCP connections to ports that a dissector reads, at most `LIMITS.maxStreams` at a time. */
export class TcpStreams {
  readonly #streams = new Map<number, TcpStream>();
  readonly #budget: MemoryBudget;
  readonly #listener: StreamListener;

  constructor(budget: MemoryBudget, listener: StreamListener) {
    this.#budget = budget;
    this.#listener = listener;
  }

  /** @param flow number of the five-tuple */
  segment(flow: number, dissector: Dissector, segment: Segment): void {
    const isNew = (segment.flags & FLAG_SYN) !== 0;
    let stream = this.#streams.get(flow);
    // A SYN after data is a new connection on old ports.
    if (isNew && stream?.hasData) {
      this.#close(flow, stream);
      stream = undefined;
    }
    if (stream === undefined) {
      const hasPayload = segment.end > segment.start || segment.missingBytes > 0;
      if (!isNew && !hasPayload) return;
      stream = this.#open(flow, dissector);
    }
    stream.segment(segment);
    if ((segment.flags & FLAG_RST) !== 0 || stream.isFinished) this.#close(flow, stream);
  }

  /** Tells what still waits behind gaps and forgets all streams. */
  flush(): void {
    for (const [flow, stream] of this.#streams) this.#close(flow, stream);
  }

  #open(flow: number, dissector: Dissector): TcpStream {
    for (const [oldestFlow, oldest] of this.#streams) {
      const hasRoom =
        this.#streams.size < LIMITS.maxStreams && this.#budget.usedBytes <= LIMITS.comfortableBufferedBytes;
      if (hasRoom) break;
      this.#close(oldestFlow, oldest);
    }
    const stream = new TcpStream(dissector, this.#listener.ownerOf(flow), this.#budget, this.#listener);
    this.#streams.set(flow, stream);
    return stream;
  }

  #close(flow: number, stream: TcpStream): void {
    this.#streams.delete(flow);
    stream.close();
  }
}

class TcpStream implements PduSink {
  readonly #dissector: Dissector;
  readonly #session: Session;
  readonly #owner: StreamOwner;
  readonly #listener: StreamListener;
  readonly #client: StreamDirection;
  readonly #server: StreamDirection;
  readonly #message: Message;
  hasData = false;

  constructor(dissector: Dissector, owner: StreamOwner, budget: MemoryBudget, listener: StreamListener) {
    const { framing, openSession } = dissector.tcp!;
    this.#dissector = dissector;
    this.#session = openSession(budget);
    this.#owner = owner;
    this.#listener = listener;
    this.#client = new StreamDirection(new PduCutter(framing, budget, this, false), budget);
    this.#server = new StreamDirection(new PduCutter(framing, budget, this, true), budget);
    this.#message = { bytes: new Uint8Array(0), start: 0, end: 0, isFromServer: false, frame: 0, seenAt: 0 };
  }

  get isFinished(): boolean {
    return this.#client.isFinished && this.#server.isFinished;
  }

  segment(segment: Segment): void {
    const { bytes, start, end, missingBytes, sequence, flags, frame, seenAt } = segment;
    const direction = segment.isFromServer ? this.#server : this.#client;
    const isSyn = (flags & FLAG_SYN) !== 0;
    if (isSyn) direction.start(sequence);
    if (end > start || missingBytes > 0) {
      this.hasData = true;
      const first = isSyn ? (sequence + 1) | 0 : sequence;
      direction.segment(first, bytes, start, end, missingBytes, frame, seenAt);
    }
    if ((flags & FLAG_FIN) !== 0) direction.isFinished = true;
  }

  pdu(bytes: Uint8Array, start: number, end: number, frame: number, seenAt: number, isFromServer: boolean): void {
    const message = this.#message;
    message.bytes = bytes;
    message.start = start;
    message.end = end;
    message.isFromServer = isFromServer;
    message.frame = frame;
    message.seenAt = seenAt;
    this.#listener.setMessage(this.#dissector.protocol, this.#owner, message);
    const protocol = this.#session.message(message, this.#listener.emit, this.#listener.emitEvent);
    if (protocol !== null) this.#listener.recognise(this.#owner.conversation, protocol);
  }

  gap(isFromServer: boolean): void {
    this.#session.gap(isFromServer);
  }

  close(): void {
    this.#client.flush();
    this.#server.flush();
    this.#client.clear();
    this.#server.clear();
    this.#session.close();
  }
}
