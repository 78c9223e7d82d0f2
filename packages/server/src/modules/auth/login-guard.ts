import { createHash } from "node:crypto";
import { toNetwork } from "./network.ts";

/** Failures after which a key is held back. */
const ALLOWANCES = { pair: 5, address: 50, username: 200 } as const;
/** Within this time an allowance's worth of failures fades away, evenly, whatever happens meanwhile. */
const FADE_MS = 60 * 60_000;
const MAX_HOLD_MS = 15 * 60_000;
/** Failures beyond the allowance that count: the tenth makes the hold reach its limit. */
const MAX_EXCESS = 10;
const MAX_KEYS = 50_000;

type Level = keyof typeof ALLOWANCES;
/** `count` as of `lastMs`, the latest failure; it fades from there. */
type Failures = { count: number; lastMs: number; heldUntilMs: number };
/** What an attempt added to a level, and how to take so many failures and the hold it caused back. */
type Added = { count: number; takeBack(failures: number): void };

/**
 * A log-in under way. It counts as a failure from its beginning, so that attempts made at once are counted too. Only the
 * first call of either does anything; none leaves it a failure.
 */
export type Attempt = {
  /** The password was right: forgets the failures of this user name from this address, at every level. */
  succeed(): void;
  /** The password was never looked at: as if the attempt had not been made. */
  withdraw(): void;
};

/**
 * Brute-force guard of `/auth` (platform.md 2.1): counts failures per user name and address together, per address, and
 * per user name, each with its own allowance, and holds a key back for 1, 2, 4 … seconds after that. An IPv6 address
 * stands for its /64.
 *
 * One address cannot lock a person out elsewhere: what it adds to a user name ends with the pair's allowance. Memory is
 * bounded: keys are short whatever the name, and the oldest goes when there are {@link MAX_KEYS}.
 */
export class LoginGuard {
  readonly #failures = new Map<string, Failures>();

  /** Seconds to wait, or the attempt when it may go ahead. */
  begin(username: string, address: string, nowMs: number): { waitSec: number } | { attempt: Attempt } {
    const keys = keysOf(username, address);
    const waitMs = Math.max(...Object.values(keys).map((key) => (this.#failures.get(key)?.heldUntilMs ?? 0) - nowMs));
    if (waitMs > 0) return { waitSec: Math.ceil(waitMs / 1000) };
    const pair = this.#add("pair", keys.pair, nowMs);
    const added = [pair, this.#add("address", keys.address, nowMs)];
    if (Math.round(pair.count) <= ALLOWANCES.pair) added.push(this.#add("username", keys.username, nowMs));
    while (this.#failures.size > MAX_KEYS) {
      this.#failures.delete(this.#failures.keys().next().value as string);
    }
    let isSettled = false;
    const settle = (how: () => void) => () => {
      if (!isSettled) how();
      isSettled = true;
    };
    return {
      attempt: {
        // No more than the pair added: otherwise one account of one's own would do to try others without end.
        succeed: settle(() => {
          const failures = this.#failures.get(keys.pair)?.count ?? 0;
          for (const { takeBack } of added) takeBack(Math.min(failures, ALLOWANCES.pair));
          this.#failures.delete(keys.pair);
        }),
        withdraw: settle(() => {
          for (const { takeBack } of added) takeBack(1);
        }),
      },
    };
  }

  #add(level: Level, key: string, nowMs: number): Added {
    const entry = this.#failures.get(key);
    const allowance = ALLOWANCES[level];
    const faded = entry ? Math.max(0, entry.count - ((nowMs - entry.lastMs) / FADE_MS) * allowance) : 0;
    const count = Math.min(faded + 1, allowance + MAX_EXCESS);
    // Rounded, so that what fades while a hold is waited out does not make the next one as short again.
    const excess = Math.round(count) - allowance;
    const heldUntilMs = excess < 0 ? 0 : nowMs + Math.min(1000 * 2 ** excess, MAX_HOLD_MS);
    const added: Failures = { count, lastMs: nowMs, heldUntilMs };
    // Deleted and set again so that the map stays in order of last failure.
    this.#failures.delete(key);
    this.#failures.set(key, added);
    const takeBack = (failures: number): void => {
      const current = this.#failures.get(key);
      if (!current) return;
      current.count -= failures;
      if (current === added) current.heldUntilMs = entry?.heldUntilMs ?? 0;
      if (current.count <= 0) this.#failures.delete(key);
    };
    return { count, takeBack };
  }
}

/** The name is hashed: as sent it may be as long as a request's body. */
function keysOf(username: string, address: string): Record<Level, string> {
  const name = createHash("sha256").update(username.toLowerCase()).digest("base64url");
  const network = toNetwork(address);
  return { pair: `p ${network} ${name}`, address: `a ${network}`, username: `u ${name}` };
}
