import {
  compareIdentifiers,
  type Identifier,
  type IdentifierKind,
  identifierKey,
  identifierRank,
} from "./identifiers.ts";

/** An asset that an identifier pointed to, and the stronger identifier that speaks against it. */
export type RefusedMatch = {
  assetId: number;
  offeredBy: Identifier;
  contradictedBy: { kind: IdentifierKind; network: string; ours: string[]; theirs: string[] };
};

/** Which asset a description is about, and why. */
export type AssetMatch = {
  /** Null: none of those known. */
  assetId: number | null;
  /** The identifier that decided. */
  decidedBy: Identifier | null;
  refused: RefusedMatch[];
};

/** Who holds an identifier, and when it was last claimed (epoch ms). */
export type HeldIdentifier = Identifier & { assetId: number; claimedAt: number };

/**
 * The assets that a batch may be about, with their identifiers. An identifier belongs to one asset at a time.
 *
 * Matching goes from the strongest kind to the weakest. An asset that shares a weaker identifier is refused when both
 * sides know a stronger kind and share none of it: an address that moved to another network card is another asset.
 */
export class AssetDirectory {
  readonly #holders = new Map<string, HeldIdentifier>();
  readonly #byAsset = new Map<number, Map<string, HeldIdentifier>>();

  add(held: HeldIdentifier): void {
    const key = identifierKey(held);
    const former = this.#holders.get(key);
    if (former) this.#byAsset.get(former.assetId)?.delete(key);
    this.#holders.set(key, held);
    const own = this.#byAsset.get(held.assetId) ?? new Map<string, HeldIdentifier>();
    this.#byAsset.set(held.assetId, own.set(key, held));
  }

  /** @param identifiers as {@link toIdentifiers} gives them, strongest first */
  match(identifiers: readonly Identifier[]): AssetMatch {
    const refused: RefusedMatch[] = [];
    for (const identifier of [...identifiers].sort(compareIdentifiers)) {
      const holder = this.#holders.get(identifierKey(identifier));
      if (!holder || refused.some(({ assetId }) => assetId === holder.assetId)) continue;
      const contradiction = this.#findContradiction(holder.assetId, identifiers, identifierRank(identifier.kind));
      if (!contradiction) return { assetId: holder.assetId, decidedBy: identifier, refused };
      refused.push({ assetId: holder.assetId, offeredBy: identifier, contradictedBy: contradiction });
    }
    return { assetId: null, decidedBy: null, refused };
  }

  /**
   * Gives an asset the identifiers it was just seen with. One that another asset holds moves only when this sighting is
   * not older than the holder's.
   *
   * @param isKept whether a holder keeps what it has, whoever else is seen with it
   * @returns the identifiers that were new for the asset: what has to be stored
   */
  claim(
    assetId: number,
    identifiers: readonly Identifier[],
    at: number,
    isKept: (holderId: number) => boolean = () => false,
  ): HeldIdentifier[] {
    const changed: HeldIdentifier[] = [];
    for (const identifier of identifiers) {
      const holder = this.#holders.get(identifierKey(identifier));
      if (holder && (holder.assetId === assetId || holder.claimedAt > at || isKept(holder.assetId))) continue;
      const held = { ...identifier, assetId, claimedAt: at };
      this.add(held);
      changed.push(held);
    }
    return changed;
  }

  #findContradiction(
    assetId: number,
    identifiers: readonly Identifier[],
    rank: number,
  ): RefusedMatch["contradictedBy"] | undefined {
    const known = [...(this.#byAsset.get(assetId)?.values() ?? [])];
    for (const { kind, network } of identifiers) {
      if (identifierRank(kind) >= rank) continue;
      const isSame = (other: Identifier) => other.kind === kind && other.network === network;
      const theirs = known.filter(isSame).map(({ value }) => value);
      const ours = identifiers.filter(isSame).map(({ value }) => value);
      if (theirs.length > 0 && !ours.some((value) => theirs.includes(value))) return { kind, network, ours, theirs };
    }
    return undefined;
  }
}
