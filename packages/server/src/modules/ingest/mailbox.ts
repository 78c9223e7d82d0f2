/** Messages in the order they came, for one reader. */
export class Mailbox<T> {
  readonly #waiting: T[] = [];
  #failure: { error: unknown } | undefined;
  #wake: (() => void) | undefined;

  push(message: T): void {
    this.#waiting.push(message);
    this.#wake?.();
  }

  /** Nothing more comes; the first word counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  /** @throws what it has failed with, once nothing waits any more */
  async next(): Promise<T> {
    while (this.#waiting.length === 0) {
      if (this.#failure) throw this.#failure.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#waiting.shift() as T;
  }
}
