import type { CaptureEvent, OtIdentityRecord } from "../records.ts";
import type { Message, Statement } from "./dissectors/dissector.ts";
import { LIMITS } from "./limits.ts";
import type { AddressTable } from "./network/address-table.ts";
import { formatMac } from "./network/address-text.ts";

type Serves = OtIdentityRecord["serves"];

/** Number of the address, and where it is served. */
type Receiver = { addressId: number; serves: Serves };

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
  /** Of whom the message was sent to, where that one may be spoken of. */
  #receiver: Receiver | null = null;
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
   * @param receiver whom statements about the receiver are about
   */
  setSender(
    protocol: string,
    addressId: number,
    message: Message,
    serves?: Serves,
    receiver: Receiver | null = null,
  ): void {
    this.#receiver = receiver;
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
    const subject = statement.isAboutReceiver
      ? this.#addressesOf(this.#receiver?.addressId ?? -1)
      : this.#senderOf(statement);
    if (message === null || subject === null) return;
    this.count += 1;
    const identity: OtIdentityRecord = {
      ...subject,
      hardware: statement.hardware,
      modules: statement.modules ?? [],
      evidence: {
        protocol: statement.protocol ?? this.#protocol,
        frame: message.frame,
        seenAt: message.seenAt,
        confidence: statement.confidence,
      },
    };
    const serves = statement.isAboutReceiver ? this.#receiver?.serves : this.#serves;
    if (serves !== undefined) identity.serves = serves;
    if (this.#isRepeated(identity)) return;
    this.#events.push({ type: "identity", identity });
  };

  /** What the message says of the device's addresses stands before the sender's, whose MAC may be a forwarder's. */
  #senderOf({ ipAddress, macAddress }: Statement): Pick<OtIdentityRecord, "ipAddress" | "macAddress"> | null {
    if (this.#macHigh >= 0)
      return { ipAddress: ipAddress ?? null, macAddress: macAddress ?? formatMac(this.#macHigh, this.#macLow) };
    if (ipAddress !== undefined) return { ipAddress, macAddress: macAddress ?? null };
    return this.#addressesOf(this.#addressId);
  }

  #addressesOf(id: number): Pick<OtIdentityRecord, "ipAddress" | "macAddress"> | null {
    return id < 0 ? null : { ipAddress: this.#addresses.textOf(id), macAddress: this.#addresses.macOf(id) };
  }

  #isRepeated({ evidence, ...told }: OtIdentityRecord): boolean {
    const key = JSON.stringify([evidence.protocol, evidence.confidence, told]);
    if (this.#told.has(key)) return true;
    if (this.#told.size >= LIMITS.maxRememberedStatements) this.#told.clear();
    this.#told.add(key);
    return false;
  }
}
