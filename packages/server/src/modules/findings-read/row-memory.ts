/** A row's value, and when it was known to be that. */
export type KnownRow<Value> = {
  value: Value;
  /** What else the value was made of: of another owner it is another. */
  owner: string;
  /** The `listVersion` at which it was the row's last; it still is at others if the same transaction wrote the row. */
  version: string;
  /** The transaction that wrote the row (`xmin`), null where there is none; undefined while nobody asked. */
  writer: string | null | undefined;
  bytes: number;
};

/**
 * Rows by id, in two halves: what is asked for moves to the younger one, and when that is full the older one is let go. An order
 * of asking would cost more than all else that a page does with its rows.
 */
export class RowMemory<Id, Value> {
  readonly #maxBytes: number;
  #young = new Map<Id, KnownRow<Value>>();
  #old = new Map<Id, KnownRow<Value>>();
  #youngBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  find(id: Id): KnownRow<Value> | undefined {
    const young = this.#young.get(id);
    if (young) return young;
    const old = this.#old.get(id);
    if (old) this.put(id, old);
    return old;
  }

  put(id: Id, row: KnownRow<Value>): void {
    this.#youngBytes += row.bytes - (this.#young.get(id)?.bytes ?? 0);
    this.#young.set(id, row);
    if (2 * this.#youngBytes <= this.#maxBytes) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  /** What is kept for the id takes more than was told, if it is still there. */
  grow(id: Id, bytes: number): void {
    const row = this.find(id);
    if (row) this.put(id, { ...row, bytes: row.bytes + bytes });
  }
}
