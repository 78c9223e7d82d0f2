import type { CaptureEvent, OtIdentityRecord } from "../records.ts";
import type { Message, Statement } from "./dissectors/dissector.ts";
import { LIMITS } from "./limits.ts";
import type { AddressTable } from "./network/address-table.ts";

/**
 * Turns dissectors' statements into identity events. A device that answers the same every second is told once, as
 * long as the statement is among those remembered.
 */
export class StatementCollector {
  readonly #addresses: AddressTable;
  readonly #events: CaptureEvent[];
  readonly #told = new Set<string>();
  #protocol = "";
  #addressId = -1;
  #message: Message | null = null;

  constructor(addresses: AddressTable, events: CaptureEvent[]) {
    this.#addresses = addresses;
    this.#events = events;
  }

  /** The next statements are about this address and were read from this message. */
  setSender(protocol: string, addressId: number, message: Message): void {
    this.#protocol = protocol;
    this.#addressId = addressId;
    this.#message = message;
  }

  /** Bound, so that it can be handed to dissectors as it is. */
  readonly emit = (statement: Statement): void => {
    const message = this.#message;
    if (message === null || this.#addressId < 0) return;
    const identity: OtIdentityRecord = {
      ipAddress: this.#addresses.textOf(this.#addressId),
      macAddress: this.#addresses.macOf(this.#addressId),
      hardware: statement.hardware,
      modules: statement.modules ?? [],
      evidence: {
        protocol: this.#protocol,
        frame: message.frame,
        seenAt: message.seenAt,
        confidence: statement.confidence,
      },
    };
    if (this.#isRepeated(identity)) return;
    this.#events.push({ type: "identity", identity });
  };

  #isRepeated({ ipAddress, macAddress, hardware, modules }: OtIdentityRecord): boolean {
    const key = JSON.stringify([this.#protocol, ipAddress, macAddress, hardware, modules]);
    if (this.#told.has(key)) return true;
    if (this.#told.size >= LIMITS.maxRememberedStatements) this.#told.clear();
    this.#told.add(key);
    return false;
  }
}
