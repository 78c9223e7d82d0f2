/** Thrown by {@link Gate} when its queue is full. */
export class GateFullError extends Error {
  override name = "GateFullError";
}

/** Lets so many tasks run at once and so many wait, first come, first served. */
export class Gate {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(maxRunning: number, maxWaiting: number) {
    this.#maxRunning = maxRunning;
    this.#maxWaiting = maxWaiting;
  }

  /** @throws GateFullError at once, when as many wait as may */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#maxRunning) this.#running += 1;
    else if (this.#waiting.length < this.#maxWaiting) {
      // Whoever ends hands its place on, so that the count stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else throw new GateFullError(`${this.#maxWaiting} wait already`);
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
