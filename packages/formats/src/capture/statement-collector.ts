import type { CaptureEvent, OtIdentityRecord } from "../records.ts";
import type { Message, Statement } from "./dissectors/dissector.ts";
import { LIMITS } from "./limits.ts";
import type { AddressTable } from "./network/address-table.ts";
import { formatMac } from "./network/address-text.ts";

type Serves = OtIdentityRecord["serves"];

/**
 * Turns dissectors' statements into identity events. A device that answers the same every second is told once, as
 * long as the statement is among those remembered.
 */
export class StatementCollector {
  readonly #addresses: AddressTable;
  readonly #events: CaptureEvent[];
  readonly #told = new Set<string>();
  #protocol = "";
  /** Of a sender with an IP address; -1 otherwise. */
  #addressId = -1;
  /** Of a sender below IP; -1 in the upper half otherwise. */
  #macHigh = -1;
  #macLow = 0;
  #serves: Serves;
  #message: Message | null = null;
  /** Statements so far, repeated ones among them. */
  count = 0;

  constructor(addresses: AddressTable, events: CaptureEvent[]) {
    this.#addresses = addresses;
    this.#events = events;
  }

  /**
   * The next statements are about this address and were read from this message.
   *
   * @param serves where no conversation says that the sender serves the protocol
   */
  setSender(protocol: string, addressId: number, message: Message, serves?: Serves): void {
    this.#protocol = protocol;
    this.#addressId = addressId;
    this.#macHigh = -1;
    this.#serves = serves;
    this.#message = message;
  }

  /** The same about the MAC of a frame that carries something else than IP. */
  setEthernetSender(protocol: string, macHigh: number, macLow: number, message: Message): void {
    this.setSender(protocol, -1, message, { transport: "ethernet", port: null });
    this.#macHigh = macHigh;
    this.#macLow = macLow;
  }

  /** Bound, so that it can be handed to dissectors as it is. */
  readonly emit = (statement: Statement): void => {
    const message = this.#message;
    const sender = this.#senderOf(statement);
    if (message === null || sender === null) return;
    this.count += 1;
    const identity: OtIdentityRecord = {
      ...sender,
      hardware: statement.hardware,
      modules: statement.modules ?? [],
      evidence: {
        protocol: statement.protocol ?? this.#protocol,
        frame: message.frame,
        seenAt: message.seenAt,
        confidence: statement.confidence,
      },
    };
    if (this.#serves !== undefined) identity.serves = this.#serves;
    if (this.#isRepeated(identity)) return;
    this.#events.push({ type: "identity", identity });
  };

  /** What the message says of the device's addresses stands before the sender's, whose MAC may be a forwarder's. */
  #senderOf({ ipAddress, macAddress }: Statement): Pick<OtIdentityRecord, "ipAddress" | "macAddress"> | null {
    if (this.#macHigh >= 0)
      return { ipAddress: ipAddress ?? null, macAddress: macAddress ?? formatMac(this.#macHigh, this.#macLow) };
    if (ipAddress !== undefined) return { ipAddress, macAddress: macAddress ?? null };
    if (this.#addressId < 0) return null;
    return { ipAddress: this.#addresses.textOf(this.#addressId), macAddress: this.#addresses.macOf(this.#addressId) };
  }

  #isRepeated({ evidence, ...told }: OtIdentityRecord): boolean {
    const key = JSON.stringify([evidence.protocol, evidence.confidence, told]);
    if (this.#told.has(key)) return true;
    if (this.#told.size >= LIMITS.maxRememberedStatements) this.#told.clear();
    this.#told.add(key);
    return false;
  }
}
