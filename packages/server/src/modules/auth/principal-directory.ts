import type { Account } from "../../caller.ts";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { readClientPrincipal } from "./client-principal.ts";
import type { Principal } from "./principal.ts";
import { readUserPrincipal } from "./user-principal.ts";

/**
 * How long an answer of the database is believed. Below one second, so that a deactivated user or changed role takes
 * effect on live tokens within a second on every node (platform.md 2.3), at the price of one small query per active
 * user and second.
 */
const FRESH_MS = 900;
const MAX_CACHED = 10_000;

type Entry = { principal: Principal | undefined; readAt: number };

/** Who may call now, with which role, permissions and scope, and under which limits. */
export class PrincipalDirectory {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Map<string, Promise<Principal | undefined>>();

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** The principal at once, when known freshly enough: undefined means ask {@link find}. */
  peek(subscriptionId: number, account: Account): Principal | undefined {
    const entry = this.#entries.get(toKey(subscriptionId, account));
    return entry && Math.abs(this.#clock() - entry.readAt) < FRESH_MS ? entry.principal : undefined;
  }

  /** The principal; undefined when there is no such active user with API access. Concurrent calls share one query. */
  find(subscriptionId: number, account: Account): Promise<Principal | undefined> {
    const key = toKey(subscriptionId, account);
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const readAt = this.#clock();
    const reading = readPrincipal(this.#db, subscriptionId, account, readAt).then(
      (principal) => {
        // Unless it was forgotten meanwhile: then it may be from before the change.
        if (this.#endReading(key, reading)) this.#remember(key, { principal, readAt });
        return principal;
      },
      (error) => {
        this.#endReading(key, reading);
        throw error;
      },
    );
    this.#pending.set(key, reading);
    return reading;
  }

  /** A change in the subscription acts on the next call to this node; on others within {@link FRESH_MS}. */
  forget(subscriptionId: number): void {
    for (const map of [this.#entries, this.#pending]) {
      for (const key of map.keys()) if (key.startsWith(`${subscriptionId}/`)) map.delete(key);
    }
  }

  #endReading(key: string, reading: Promise<Principal | undefined>): boolean {
    return this.#pending.get(key) === reading && this.#pending.delete(key);
  }

  #remember(key: string, entry: Entry): void {
    if (this.#entries.size >= MAX_CACHED) this.#entries.clear();
    this.#entries.set(key, entry);
  }
}

function toKey(subscriptionId: number, account: Account): string {
  return `${subscriptionId}/${account.kind}/${account.id}`;
}

/** Who may call, from the database: {@link PrincipalDirectory.find} without its memory. */
export async function readPrincipal(
  db: Database,
  subscriptionId: number,
  account: Account,
  nowMs: number,
): Promise<Principal | undefined> {
  if (account.kind === "client") return readClientPrincipal(db, subscriptionId, account.id, nowMs);
  return readUserPrincipal(db, subscriptionId, account.id, nowMs);
}
