import type { AuditEvent } from "./audit-writer.ts";

/** What one node writes of unattributable failures in a window; further ones are counted, and told as one event. */
const FLOOD_WINDOW_MS = 10_000;
export const MAX_PER_WINDOW = 50;

/**
 * Anybody can fail to log in under names that nobody has. Each failure in an event of its own would let them fill the
 * disk; so beyond {@link MAX_PER_WINDOW} in a window there is one event with their number, written at its end.
 */
export class FloodBound {
  readonly #tell: (summary: AuditEvent) => Promise<void>;
  #admitted = 0;
  #suppressed = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (summary: AuditEvent) => Promise<void>) {
    this.#tell = tell;
  }

  /** Whether one more is written by itself. */
  admit(): boolean {
    if (!this.#timer) {
      // What cannot be written, because the database is gone, is told with the next window's.
      this.#timer = setTimeout(() => this.flush().catch(() => {}), FLOOD_WINDOW_MS);
      this.#timer.unref();
    }
    if (this.#admitted < MAX_PER_WINDOW) {
      this.#admitted += 1;
      return true;
    }
    this.#suppressed += 1;
    return false;
  }

  /** Ends the window and tells what was left out in it. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#admitted = 0;
    const count = this.#suppressed;
    if (count === 0) return;
    this.#suppressed = 0;
    try {
      await this.#tell({
        subscriptionId: null,
        actor: "",
        action: "audit.suppressed",
        address: "",
        result: "failure",
        detail: { count, windowSec: FLOOD_WINDOW_MS / 1000 },
      });
    } catch (error) {
      this.#suppressed += count;
      throw error;
    }
  }
}
