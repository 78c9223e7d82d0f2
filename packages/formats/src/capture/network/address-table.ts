import type { AddressRecord } from "../../records.ts";
import { LIMITS } from "../limits.ts";
import { formatIpv4, formatIpv6, formatMac } from "./address-text.ts";
import { FloatColumn, IntKeyMap } from "./int-key-map.ts";

const IPV4_MAPPED = 0x0000ffff;

/**
 * IP addresses by number, and which MAC spoke for each. A router makes its own MAC speak for everything behind it, so
 * callers tell only of frames that look as if the sender were on this link (see `isFromThisLink`).
 */
export class AddressTable {
  readonly #ids = new IntKeyMap(LIMITS.maxAddresses);
  readonly #macHigh = new FloatColumn();
  readonly #macLow = new FloatColumn();
  readonly #firstSeen = new FloatColumn();
  readonly #lastSeen = new FloatColumn();
  /** Pairs that another MAC took over from, by address number and MAC. */
  readonly #earlier = new Map<string, { id: number; high: number; low: number; firstSeen: number; lastSeen: number }>();
  /** MACs that speak for both ends of a flow. */
  readonly #disowned = new Set<number>();
  /** Addresses whose columns are written. */
  #prepared = 0;
  droppedPairs = 0;

  /** Number of an IPv4 address; -1 when the table is full. */
  internIpv4(address: number): number {
    return this.#prepare(this.#ids.intern(0, 0, IPV4_MAPPED, address));
  }

  internIpv6(a: number, b: number, c: number, d: number): number {
    return this.#prepare(this.#ids.intern(a, b, c, d));
  }

  /**
   * Notes that a MAC spoke for the address.
   *
   * @param peerId whom it spoke to: a MAC that both have is that of a loop, a mirror or a router and identifies nobody
   */
  observe(id: number, high: number, low: number, timeMs: number, peerId = -1): void {
    const known = this.#macHigh.get(id);
    if (known === high && this.#macLow.get(id) === low) {
      if (timeMs > this.#lastSeen.get(id)) this.#lastSeen.set(id, timeMs);
      return;
    }
    if (peerId >= 0 && peerId !== id && this.#macHigh.get(peerId) === high && this.#macLow.get(peerId) === low)
      this.disown(high, low);
    // Broadcast, multicast and unset senders name no interface.
    if ((high & 0x0100) !== 0 || (high === 0 && low === 0)) return;
    if (known >= 0) this.#keepEarlier(id);
    const taken = this.#takeEarlier(id, high, low);
    this.#macHigh.set(id, high);
    this.#macLow.set(id, low);
    this.#firstSeen.set(id, taken?.firstSeen ?? timeMs);
    this.#lastSeen.set(id, Math.max(timeMs, taken?.lastSeen ?? timeMs));
  }

  /** The MAC is on both ends of a flow. */
  disown(high: number, low: number): void {
    this.#disowned.add(toKey(high, low));
  }

  /** Disowns the MAC that spoke for both addresses, if one did. */
  disownShared(a: number, b: number): void {
    const high = this.#macHigh.get(a);
    const low = this.#macLow.get(a);
    if (a !== b && high >= 0 && high === this.#macHigh.get(b) && low === this.#macLow.get(b)) this.disown(high, low);
  }

  /** The MAC that spoke last for the address, as text; null also for one that identifies nobody. */
  macOf(id: number): string | null {
    const high = this.#macHigh.get(id);
    return high < 0 ? null : this.#toText(high, this.#macLow.get(id));
  }

  textOf(id: number): string {
    const words = [0, 1, 2, 3].map((word) => this.#ids.word(id, word));
    const isIpv4 = words[0] === 0 && words[1] === 0 && words[2] === IPV4_MAPPED;
    return isIpv4 ? formatIpv4(words[3]!) : formatIpv6(words);
  }

  /** Every pair, in the order the addresses were first seen. */
  *records(): Generator<AddressRecord> {
    for (let id = 0; id < this.#ids.size; id++) {
      const macAddress = this.macOf(id);
      if (macAddress === null) continue;
      yield {
        ipAddress: this.textOf(id),
        macAddress,
        firstSeen: this.#firstSeen.get(id),
        lastSeen: this.#lastSeen.get(id),
      };
    }
    for (const pair of this.#earlier.values()) {
      const { id, high, low, firstSeen, lastSeen } = pair;
      const macAddress = this.#toText(high, low);
      if (macAddress !== null) yield { ipAddress: this.textOf(id), macAddress, firstSeen, lastSeen };
    }
  }

  #toText(high: number, low: number): string | null {
    return this.#disowned.size > 0 && this.#disowned.has(toKey(high, low)) ? null : formatMac(high, low);
  }

  #prepare(id: number): number {
    if (id === this.#prepared) {
      this.#prepared += 1;
      this.#macHigh.set(id, -1);
      this.#macLow.set(id, 0);
      this.#firstSeen.set(id, 0);
      this.#lastSeen.set(id, 0);
    }
    return id;
  }
  #keepEarlier(id: number): void {
    if (this.#earlier.size >= LIMITS.maxExtraPairs) {
      this.droppedPairs += 1;
      return;
    }
    const high = this.#macHigh.get(id);
    const low = this.#macLow.get(id);
    const pair = { id, high, low, firstSeen: this.#firstSeen.get(id), lastSeen: this.#lastSeen.get(id) };
    this.#earlier.set(`${id} ${high} ${low}`, pair);
  }

  #takeEarlier(id: number, high: number, low: number): { firstSeen: number; lastSeen: number } | undefined {
    const key = `${id} ${high} ${low}`;
    const pair = this.#earlier.get(key);
    if (pair !== undefined) this.#earlier.delete(key);
    return pair;
  }
}

function toKey(high: number, low: number): number {
  return high * 2 ** 32 + (low >>> 0);
}

/**
 * Whether the sender sits on the captured link, as far as its time to live tells: hosts send with one of few initial
 * values and every router takes one off. Siemens S7-300 start at 30; 1 is link-local multicast. 60, with which few old systems
 * start, is what is left of 64 behind four routers: their MAC would make one device of all who are there. ARP tells the others'.
 */
export function isFromThisLink(timeToLive: number): boolean {
  return INITIAL_TTL[timeToLive] === 1;
}

const INITIAL_TTL = new Uint8Array(256);
for (const value of [1, 30, 32, 64, 100, 128, 200, 255]) INITIAL_TTL[value] = 1;
