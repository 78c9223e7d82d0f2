/** Somebody took two assets apart: which connections speak of which of them, whatever identifiers they tell. */
export type ApartRule = {
  /** What remained. */
  assetId: number;
  /** What was taken out of it. */
  apartId: number;
  /** Connections that speak of `apartId`. */
  takenIds: readonly number[];
  /** Connections that spoke of `assetId` then. */
  keptIds: readonly number[];
};

/** The assets of a subscription that were taken apart: they stay so until somebody merges them. */
export class ApartAssets {
  readonly #rules: readonly ApartRule[];

  constructor(rules: readonly ApartRule[]) {
    this.#rules = rules;
  }

  /** The asset that a connection speaks of when its identifiers are those of another one. */
  find(assetId: number, connectionId: number): number {
    const passed = new Set([assetId]);
    for (let current = assetId; ; ) {
      const next = this.#next(current, connectionId);
      if (next === undefined || passed.has(next)) return current;
      passed.add(next);
      current = next;
    }
  }

  /** Whether they were one: what identifies the one does not become the other's. */
  areApart(a: number, b: number): boolean {
    return a !== b && this.#rules.length > 0 && this.#family(a).has(b);
  }

  #next(assetId: number, connectionId: number): number | undefined {
    const out = this.#rules.find((rule) => rule.assetId === assetId && rule.takenIds.includes(connectionId));
    if (out) return out.apartId;
    return this.#rules.find((rule) => rule.apartId === assetId && rule.keptIds.includes(connectionId))?.assetId;
  }

  #family(assetId: number): Set<number> {
    const family = new Set([assetId]);
    for (const member of family) {
      for (const rule of this.#rules) {
        if (rule.assetId === member) family.add(rule.apartId);
        if (rule.apartId === member) family.add(rule.assetId);
      }
    }
    return family;
  }
}
