import { AppError } from "@breakwater/contract";
import type { Database, SqlHandle } from "../../db/pool.ts";
import { FloodBound } from "./flood-bound.ts";
import { insertEvents } from "./store.ts";

/** One security-relevant act. Never holds a secret, token or password. */
export type AuditEvent = {
  /** Null when the act could not be attributed, e.g. a log-in with an unknown name. */
  subscriptionId: number | null;
  actor: string;
  /** Operation or event name, e.g. `auth.login`. */
  action: string;
  target?: string;
  address: string;
  result: "success" | "failure";
  detail?: Record<string, string | number | boolean | null>;
};

/** An event as the database takes it. */
export type StorableEvent = Required<Omit<AuditEvent, "target">> & { target: string | null };

/** Events written by one statement: they share its commit, which is what an event alone costs most for. */
const MAX_BATCH = 200;
/** Events that wait; each belongs to a request that waits with it. */
const MAX_PENDING = 10_000;
const MAX_TEXT_CHARS = 2_000;

type Pending = { event: StorableEvent; resolve: () => void; reject: (error: unknown) => void };

/** Writes the events of one node: at once when nothing is being written, else together with what came meanwhile. */
export class AuditWriter {
  readonly #db: Database;
  readonly #pending: Pending[] = [];
  readonly #flood: FloodBound;
  #writing: Promise<void> | undefined;

  constructor(db: Database) {
    this.#db = db;
    this.#flood = new FloodBound((event) => this.#append(event));
  }

  /**
   * Resolves when the event is committed (with a transaction: written in it), or counted among those that are told
   * together (see {@link FloodBound}).
   */
  async write(event: AuditEvent, tx?: SqlHandle): Promise<void> {
    const isBounded = event.subscriptionId === null && event.result === "failure";
    if (isBounded && !this.#flood.admit()) return;
    await (tx ? insertEvents(tx, [toStorable(event)]) : this.#append(event));
  }

  /** Resolves when nothing waits any more. */
  async close(): Promise<void> {
    await this.#flood.flush();
    await this.#writing;
  }

  #append(event: AuditEvent): Promise<void> {
    if (this.#pending.length >= MAX_PENDING)
      return Promise.reject(new AppError("unavailable", "the audit log cannot take more events now; try again"));
    return new Promise((resolve, reject) => {
      this.#pending.push({ event: toStorable(event), resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0, MAX_BATCH);
      try {
        await insertEvents(
          this.#db.write,
          batch.map(({ event }) => event),
        );
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = undefined;
  }
}

/** The event with what the database can hold of its texts. */
export function toStorable(event: AuditEvent): StorableEvent {
  return {
    subscriptionId: event.subscriptionId,
    actor: toText(event.actor),
    action: event.action,
    target: event.target === undefined ? null : toText(event.target),
    address: toText(event.address),
    result: event.result,
    detail: Object.fromEntries(Object.entries(event.detail ?? {}).map(([name, value]) => [name, toDetail(value)])),
  };
}

/** Texts, booleans, null and whole numbers are written alike by everybody who computes the hash; fractions are not. */
function toDetail(value: string | number | boolean | null): string | number | boolean | null {
  if (typeof value === "string") return toText(value);
  return typeof value === "number" && !Number.isSafeInteger(value) ? String(value) : value;
}

/** PostgreSQL's text cannot hold NUL or half a character, and what is being recorded may be an attack. */
function toText(text: string): string {
  return text.slice(0, MAX_TEXT_CHARS).replaceAll("\0", "\u2400").toWellFormed();
}
