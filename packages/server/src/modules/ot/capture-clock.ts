import type { CaptureEvent } from "@breakwater/formats/records";
import { isPossibleTime } from "../findings/index.ts";

/** Times that a timestamp is written as without a sign: 1970 to 9999. */
const STORABLE_MS = Date.UTC(10_000, 0, 1);

type Seen = { firstSeen: number; lastSeen: number };

/**
 * Puts the time of the import where a sensor's clock cannot be right: before 1990, or more than a day after the import. A
 * clock that is ahead would make all later captures look old, so that no firmware they tell were ever believed; one that
 * lost its battery would make its own captures look old. Process events decide nothing and keep the time they were given,
 * by which the same file is known again.
 */
export class CaptureClock {
  readonly #importedAt: number;
  /** Records with a time that cannot be. */
  absurd = 0;

  constructor(importedAt: number) {
    this.#importedAt = importedAt;
  }

  correct(event: CaptureEvent): CaptureEvent {
    if (event.type === "identity") {
      const { evidence } = event.identity;
      const seen = this.#corrected({ firstSeen: evidence.seenAt, lastSeen: evidence.seenAt });
      if (seen === null) return event;
      return { ...event, identity: { ...event.identity, evidence: { ...evidence, seenAt: seen.lastSeen } } };
    }
    if (event.type === "conversation") {
      const seen = this.#corrected(event.conversation);
      return seen === null ? event : { ...event, conversation: { ...event.conversation, ...seen } };
    }
    if (event.type === "address") {
      const seen = this.#corrected(event.address);
      return seen === null ? event : { ...event, address: { ...event.address, ...seen } };
    }
    if (event.type !== "event" || (event.event.startedAt >= 0 && event.event.endedAt < STORABLE_MS)) return event;
    this.absurd += 1;
    return { ...event, event: { ...event.event, startedAt: this.#importedAt, endedAt: this.#importedAt } };
  }

  /** Null where both times can be. Of two of which one can, that one counts for both: the other is a damaged frame's. */
  #corrected({ firstSeen, lastSeen }: Seen): Seen | null {
    const possible = [firstSeen, lastSeen].filter((time) => isPossibleTime(time, this.#importedAt));
    if (possible.length === 2) return null;
    this.absurd += 1;
    const time = possible[0] ?? this.#importedAt;
    return { firstSeen: time, lastSeen: time };
  }
}
