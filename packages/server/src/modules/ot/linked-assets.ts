import {
  type HeldIdentifier,
  IDENTIFIER_KINDS,
  type Identifier,
  type IdentifierKind,
  identifierKey,
} from "@breakwater/domain/identity/index";
import type { Holding } from "./asset-store.ts";

const ranks = new Map<string, number>(IDENTIFIER_KINDS.map((kind, rank) => [kind, rank]));
const rankOf = (kind: IdentifierKind) => ranks.get(kind)!;

/** Kinds of which a device has one: two assets that differ in them are two, whatever else links them. */
const hardwareRank = rankOf("serial-number");

/**
 * Finds assets that one sighting shows to be the same device: one made from its address in a routed capture, another
 * from its MAC in one taken beside it. Where an asset may be linked follows the rules of AssetDirectory.
 */
export class LinkedAssets {
  readonly #byAsset = new Map<number, Map<string, Identifier>>();
  readonly #holders = new Map<string, number>();
  readonly #absorbable = new Set<number>();

  constructor(held: readonly Holding[]) {
    for (const holding of held) {
      this.#give(holding.assetId, holding);
      if (holding.isAbsorbable) this.#absorbable.add(holding.assetId);
    }
  }

  /** Follows what the directory decided. */
  claim(identifiers: readonly HeldIdentifier[]): void {
    for (const identifier of identifiers) this.#give(identifier.assetId, identifier);
  }

  /**
   * Which asset the sighting's device is to be, and those that are merged into it. An asset that others know too is
   * never merged away, and hosts are merged into it.
   *
   * @param matched the asset that the directory found
   */
  unite(identifiers: readonly Identifier[], matched: number): { into: number; absorbed: number[] } {
    const linked = this.#linkedTo(identifiers).filter((id) => id !== matched && !this.#areTwoDevices(id, matched));
    const keptOnes = linked.filter((id) => !this.#absorbable.has(id));
    const into = this.#absorbable.has(matched) && keptOnes.length === 1 ? keptOnes[0]! : matched;
    const absorbed = [matched, ...linked].filter((id) => id !== into && this.#absorbable.has(id));
    const united = absorbed.filter((id) => !this.#areTwoDevices(id, into));
    for (const id of united) this.#move(id, into);
    return { into, absorbed: united };
  }

  /** What an asset holds. */
  held(assetId: number): Identifier[] {
    return [...(this.#byAsset.get(assetId)?.values() ?? [])];
  }

  #linkedTo(identifiers: readonly Identifier[]): number[] {
    const linked = new Set<number>();
    for (const identifier of identifiers) {
      const holder = this.#holders.get(identifierKey(identifier));
      if (holder !== undefined && !isContradicted(this.held(holder), identifiers, rankOf(identifier.kind)))
        linked.add(holder);
    }
    return [...linked];
  }

  #areTwoDevices(a: number, b: number): boolean {
    return isContradicted(this.held(a), this.held(b), hardwareRank + 1);
  }

  #move(from: number, into: number): void {
    for (const identifier of this.held(from)) this.#give(into, identifier);
    this.#byAsset.delete(from);
  }

  #give(assetId: number, identifier: Identifier): void {
    const key = identifierKey(identifier);
    const former = this.#holders.get(key);
    if (former !== undefined) this.#byAsset.get(former)?.delete(key);
    this.#holders.set(key, assetId);
    const own = this.#byAsset.get(assetId) ?? new Map<string, Identifier>();
    this.#byAsset.set(assetId, own.set(key, identifier));
  }
}

/** Whether both sides know some kind stronger than the rank and share no value of it. */
function isContradicted(theirs: readonly Identifier[], ours: readonly Identifier[], rank: number): boolean {
  return ours.some((one) => {
    if (rankOf(one.kind) >= rank) return false;
    const isSameKind = (other: Identifier) => other.kind === one.kind && other.network === one.network;
    const known = theirs.filter(isSameKind);
    return (
      known.length > 0 && !ours.filter(isSameKind).some(({ value }) => known.some((other) => other.value === value))
    );
  });
}
