import type { CaptureEvent, ProcessEventRecord } from "../records.ts";
import type { EventStatement, Message } from "./dissectors/dissector.ts";
import { LIMITS } from "./limits.ts";
import type { AddressTable } from "./network/address-table.ts";

const MAX_DETAIL_CHARS = 200;
const SEPARATOR = ", ";
const MORE = " …";

/** Makes one event of all messages of one act: a program that is loaded in a thousand blocks is loaded once. */
export class EventCollector {
  readonly #addresses: AddressTable;
  readonly #events: CaptureEvent[];
  /** Those that may still go on, the one told last at the end. */
  readonly #open = new Map<string, ProcessEventRecord>();
  #protocol = "";
  #clientId = -1;
  #serverId = -1;
  #message: Message | null = null;

  constructor(addresses: AddressTable, events: CaptureEvent[]) {
    this.#addresses = addresses;
    this.#events = events;
  }

  /** The next events were read from this message between these addresses. */
  setEnds(protocol: string, clientId: number, serverId: number, message: Message): void {
    this.#protocol = protocol;
    this.#clientId = clientId;
    this.#serverId = serverId;
    this.#message = message;
  }

  /** Bound, so that it can be handed to dissectors as it is. */
  readonly emit = ({ kind, detail, protocol = this.#protocol }: EventStatement): void => {
    const message = this.#message;
    if (message === null || this.#clientId < 0 || this.#serverId < 0) return;
    const { frame, seenAt } = message;
    const key = `${this.#clientId} ${this.#serverId} ${kind} ${protocol}`;
    const open = this.#open.get(key);
    this.#open.delete(key);
    if (open !== undefined && Math.abs(seenAt - open.endedAt) <= LIMITS.eventGapMs) {
      this.#open.set(key, goOn(open, detail, seenAt));
      return;
    }
    if (open !== undefined) this.#tell(open);
    const ends = { clientIp: this.#addresses.textOf(this.#clientId), serverIp: this.#addresses.textOf(this.#serverId) };
    const times = { startedAt: seenAt, endedAt: seenAt };
    this.#open.set(key, { kind, protocol, ...ends, detail: cut(detail), messages: 1, ...times, frame });
    if (this.#open.size > LIMITS.maxOpenEvents) this.#tellOldest();
  };

  /** Tells all that have not been told. */
  finish(): void {
    for (const event of this.#open.values()) this.#tell(event);
    this.#open.clear();
  }

  #tellOldest(): void {
    for (const [key, event] of this.#open) {
      this.#open.delete(key);
      this.#tell(event);
      return;
    }
  }

  #tell(event: ProcessEventRecord): void {
    this.#events.push({ type: "event", event });
  }
}

function goOn(event: ProcessEventRecord, detail: string, seenAt: number): ProcessEventRecord {
  event.messages += 1;
  event.startedAt = Math.min(event.startedAt, seenAt);
  event.endedAt = Math.max(event.endedAt, seenAt);
  if (detail !== "" && !event.detail.endsWith(MORE) && !event.detail.split(SEPARATOR).includes(detail))
    event.detail = cut(event.detail === "" ? detail : event.detail + SEPARATOR + detail);
  return event;
}

function cut(detail: string): string {
  return detail.length > MAX_DETAIL_CHARS ? `${detail.slice(0, MAX_DETAIL_CHARS)}${MORE}` : detail;
}
