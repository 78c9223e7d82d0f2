/** Failures after which a key is held back, and for how long at most. */
const LEVELS = { pair: 5, address: 50, username: 200 } as const;
const FORGET_MS = 15 * 60_000;
const MAX_KEYS = 50_000;

type Failures = { count: number; lastMs: number };

/**
 * Brute-force guard of `/auth` (platform.md 2.1): counts failures per user name and address together, per address, and
 * per user name, each with its own allowance, and holds a key back for 1, 2, 4 … seconds after that.
 *
 * The pair comes first, so that an attacker elsewhere does not lock a person out. Memory is bounded: the oldest key goes
 * when there are {@link MAX_KEYS}.
 */
export class LoginGuard {
  readonly #failures = new Map<string, Failures>();

  /** Seconds until another attempt is looked at; 0 when it may go ahead. */
  waitSec(username: string, address: string, nowMs: number): number {
    let wait = 0;
    for (const [key, allowance] of keysOf(username, address)) {
      const entry = this.#failures.get(key);
      if (!entry || nowMs - entry.lastMs > FORGET_MS || entry.count < allowance) continue;
      const holdMs = Math.min(1000 * 2 ** Math.min(entry.count - allowance, 20), FORGET_MS);
      wait = Math.max(wait, Math.ceil((entry.lastMs + holdMs - nowMs) / 1000));
    }
    return wait;
  }

  recordFailure(username: string, address: string, nowMs: number): void {
    for (const [key] of keysOf(username, address)) {
      const entry = this.#failures.get(key);
      const count = entry && nowMs - entry.lastMs <= FORGET_MS ? entry.count + 1 : 1;
      // Deleted and set again so that the map stays in order of last failure.
      this.#failures.delete(key);
      this.#failures.set(key, { count, lastMs: nowMs });
    }
    while (this.#failures.size > MAX_KEYS) {
      this.#failures.delete(this.#failures.keys().next().value as string);
    }
  }

  /** A right password clears what stands against this user from this address. */
  recordSuccess(username: string, address: string): void {
    const [pair] = keysOf(username, address);
    if (pair) this.#failures.delete(pair[0]);
  }
}

function keysOf(username: string, address: string): [string, number][] {
  const name = username.toLowerCase();
  return [
    [`p ${address} ${name}`, LEVELS.pair],
    [`a ${address}`, LEVELS.address],
    [`u ${name}`, LEVELS.username],
  ];
}
