import type { LimitStore } from "./limit-store.ts";

/** Of a running call; `isStored`: the store holds it too. */
type Slot = { readonly key: string; isStored: boolean };

/** The slots of this node's running calls by lease, and those that the store may still hold for calls that are over. */
export class HeldSlots {
  readonly #held = new Map<number, Slot>();
  readonly #dropped = new Map<number, string>();
  #nextId = 1;

  nextId(): number {
    return this.#nextId++;
  }

  hold(id: number, slot: Slot): void {
    this.#held.set(id, slot);
  }

  find(id: number): Slot | undefined {
    return this.#held.get(id);
  }

  /** The call is over. */
  end(id: number): Slot | undefined {
    const slot = this.#held.get(id);
    this.#held.delete(id);
    return slot;
  }

  /** The store is to give it back when it can be told. */
  drop(id: number, key: string): true {
    this.#dropped.set(id, key);
    return true;
  }

  running(key: string): number {
    let running = 0;
    for (const held of this.#held.values()) if (held.key === key) running++;
    return running;
  }

  async giveBack(store: LimitStore): Promise<void> {
    await Promise.all([...this.#dropped].map(([id, key]) => store.release(key, id)));
    this.#dropped.clear();
  }

  /** The work of these calls still runs: their slots are theirs, also in a store that never heard of them. */
  async renewAll(store: LimitStore): Promise<void> {
    const renewed = [...this.#held].map(async ([id, held]) => {
      await store.renew(held.key, id, { takeAgain: true });
      if (this.#held.has(id)) held.isStored = true;
      else if (!held.isStored) await store.release(held.key, id);
    });
    await Promise.all(renewed);
  }
}
