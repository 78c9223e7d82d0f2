import { type Endpoint, TCP_ACK, TCP_FIN, TCP_PSH, TCP_SYN, tcpFrame } from "./packets.ts";

const NO_PAYLOAD = new Uint8Array(0);

/** A TCP connection as both sides send it: handshake, data, closing, with the numbers kept. */
export class TcpDialogue {
  readonly #client: { endpoint: Endpoint; port: number; sequence: number };
  readonly #server: { endpoint: Endpoint; port: number; sequence: number };

  constructor(
    client: Endpoint,
    clientPort: number,
    server: Endpoint,
    serverPort: number,
    clientSequence: number,
    serverSequence: number,
  ) {
    this.#client = { endpoint: client, port: clientPort, sequence: clientSequence };
    this.#server = { endpoint: server, port: serverPort, sequence: serverSequence };
  }

  *open(): Generator<Uint8Array> {
    yield this.#send(true, TCP_SYN, NO_PAYLOAD);
    yield this.#send(false, TCP_SYN | TCP_ACK, NO_PAYLOAD);
    yield this.#send(true, TCP_ACK, NO_PAYLOAD);
  }

  request(payload: Uint8Array): Uint8Array {
    return this.#send(true, TCP_PSH | TCP_ACK, payload);
  }

  answer(payload: Uint8Array): Uint8Array {
    return this.#send(false, TCP_PSH | TCP_ACK, payload);
  }

  *close(): Generator<Uint8Array> {
    yield this.#send(true, TCP_FIN | TCP_ACK, NO_PAYLOAD);
    yield this.#send(false, TCP_FIN | TCP_ACK, NO_PAYLOAD);
    yield this.#send(true, TCP_ACK, NO_PAYLOAD);
  }

  #send(isFromClient: boolean, flags: number, payload: Uint8Array): Uint8Array {
    const source = isFromClient ? this.#client : this.#server;
    const target = isFromClient ? this.#server : this.#client;
    const frame = tcpFrame(source.endpoint, target.endpoint, {
      sourcePort: source.port,
      targetPort: target.port,
      sequence: source.sequence,
      acknowledgment: (flags & TCP_ACK) !== 0 ? target.sequence : 0,
      flags,
      payload,
    });
    const controlBytes = (flags & (TCP_SYN | TCP_FIN)) !== 0 ? 1 : 0;
    source.sequence = (source.sequence + payload.length + controlBytes) >>> 0;
    return frame;
  }
}
