import { createHash } from "node:crypto";
import { AppError } from "@breakwater/contract";
import type { Clock } from "../../context.ts";
import { toNetwork } from "./network.ts";

/** Failures after which a key is held back. */
const ALLOWANCES = { pair: 5, address: 50, username: 200 } as const;
/** Within this time an allowance's worth of failures fades away, evenly, whatever happens meanwhile. */
const FADE_MS = 60 * 60_000;
const MAX_HOLD_MS = 15 * 60_000;
/** Failures beyond the allowance that count: the tenth makes the hold reach its limit. */
const MAX_EXCESS = 10;
const MAX_KEYS = 50_000;
/** Attempts that wait for others of the same key to end; more are sent away. */
const MAX_WAITING = 64;

type Level = keyof typeof ALLOWANCES;
/** `count` as of `lastMs`, the latest failure; it fades from there. */
type Failures = { count: number; lastMs: number; heldUntilMs: number };
/** What an attempt added to a level, and how to take so many failures and the hold it caused back. */
type Added = { count: number; takeBack(failures: number): void };

/** Attempts of a key that are under way, and who is to be told when one of them has ended. */
type UnderWay = { count: number; waiting: (() => void)[] };

/**
 * A log-in under way, which has to be ended in one of three ways. It counts as a failure from its beginning, so that
 * attempts made at once are counted too. Only the first call does anything.
 */
export type Attempt = {
  /** The password was right: forgets the failures of this user name from this address, at every level. */
  succeed(): void;
  /** The password was never looked at: as if the attempt had not been made. */
  withdraw(): void;
  /** It stays a failure. */
  fail(): void;
};

/**
 * What comes of an attempt: it goes ahead, or is too many for so many seconds, or cannot be told before another of the
 * same key has ended: then ask again.
 */
export type Begun = { attempt: Attempt } | { waitSec: number } | { otherEnds: Promise<void> };

/**
 * Brute-force guard of `/auth` (platform.md 2.1): counts failures per user name and address together, per address, and
 * per user name, each with its own allowance, and holds a key back for 1, 2, 4 … seconds after that. An IPv6 address
 * stands for its /64.
 *
 * What is held back only by attempts that have not ended yet waits for them: a client that logs in ten times at once with
 * the right password is let in ten times, and of wrong ones no more are looked at than one after the other.
 *
 * One address cannot lock a person out elsewhere: what it adds to a user name ends with the pair's allowance. Memory is
 * bounded: keys are short whatever the name, and the oldest goes when there are {@link MAX_KEYS}.
 */
export class LoginGuard {
  readonly #failures = new Map<string, Failures>();
  readonly #underWay = new Map<string, UnderWay>();

  /**
   * Begins an attempt as soon as it can be told whether it may.
   *
   * @throws AppError `too-many-requests`
   */
  async enter(username: string, address: string, clock: Clock): Promise<Attempt> {
    for (;;) {
      const begun = this.begin(username, address, clock());
      if ("attempt" in begun) return begun.attempt;
      if ("waitSec" in begun) {
        throw tooManyLogins(`too many failed log-ins; try again in ${begun.waitSec} s`, begun.waitSec);
      }
      await begun.otherEnds;
    }
  }

  begin(username: string, address: string, nowMs: number): Begun {
    const keys = keysOf(username, address);
    const held = Object.values(keys).filter((key) => this.#heldUntilMs(key) > nowMs);
    if (held.length > 0) {
      const otherEnds = this.#waitForOther(held);
      if (otherEnds) return { otherEnds };
      return { waitSec: Math.ceil((Math.max(...held.map((key) => this.#heldUntilMs(key))) - nowMs) / 1000) };
    }
    const pair = this.#add("pair", keys.pair, nowMs);
    const added = [pair, this.#add("address", keys.address, nowMs)];
    if (Math.round(pair.count) <= ALLOWANCES.pair) added.push(this.#add("username", keys.username, nowMs));
    while (this.#failures.size > MAX_KEYS) {
      this.#failures.delete(this.#failures.keys().next().value as string);
    }
    const tellEnd = this.#noteUnderWay(Object.values(keys));
    let isEnded = false;
    const end = (how: () => void) => () => {
      if (isEnded) return;
      isEnded = true;
      how();
      tellEnd();
    };
    return {
      attempt: {
        // No more than the pair added: otherwise one account of one's own would do to try others without end.
        succeed: end(() => {
          const failures = this.#failures.get(keys.pair)?.count ?? 0;
          for (const { takeBack } of added) takeBack(Math.min(failures, ALLOWANCES.pair));
          this.#failures.delete(keys.pair);
        }),
        withdraw: end(() => {
          for (const { takeBack } of added) takeBack(1);
        }),
        fail: end(() => {}),
      },
    };
  }

  #heldUntilMs(key: string): number {
    return this.#failures.get(key)?.heldUntilMs ?? 0;
  }

  /** Undefined when a key is held by failures alone, or when too many wait already. */
  #waitForOther(heldKeys: readonly string[]): Promise<void> | undefined {
    const others = heldKeys.map((key) => this.#underWay.get(key));
    if (others.some((underWay) => underWay === undefined || underWay.waiting.length >= MAX_WAITING)) return undefined;
    return new Promise((resolve) => others[0]?.waiting.push(resolve));
  }

  /** @returns to be called when the attempt has ended */
  #noteUnderWay(keys: readonly string[]): () => void {
    for (const key of keys) {
      const underWay = this.#underWay.get(key);
      if (underWay) underWay.count += 1;
      else this.#underWay.set(key, { count: 1, waiting: [] });
    }
    return () => {
      for (const key of keys) {
        const underWay = this.#underWay.get(key) as UnderWay;
        underWay.count -= 1;
        if (underWay.count === 0) this.#underWay.delete(key);
        for (const tell of underWay.waiting.splice(0)) tell();
      }
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
      if (Math.round(current.count) < allowance) current.heldUntilMs = 0;
      else if (current === added) current.heldUntilMs = entry?.heldUntilMs ?? 0;
      if (current.count <= 0) this.#failures.delete(key);
    };
    return { count, takeBack };
  }
}

export function tooManyLogins(message: string, waitSec: number): AppError {
  return new AppError("too-many-requests", message, { headers: { "Retry-After": String(waitSec) } });
}

/** The name is hashed: as sent it may be as long as a request's body. */
function keysOf(username: string, address: string): Record<Level, string> {
  const name = createHash("sha256").update(username.toLowerCase()).digest("base64url");
  const network = toNetwork(address);
  return { pair: `p ${network} ${name}`, address: `a ${network}`, username: `u ${name}` };
}
