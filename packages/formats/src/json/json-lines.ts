const NEWLINE = 0x0a;

/** Whether the values of a file stand on a line each, and so how far a damaged one can reach. */
export class JsonLines {
  /** Of the line, from 1. */
  number = 1;
  /** In lines: the newline before came within a value. */
  isMaybeCut = false;
  /** In lines: the rest of the line is passed over. */
  isDamaged = false;
  /** Every value so far stood on a line of its own; undefined until one has ended. */
  #areLines: boolean | undefined;

  get areLines(): boolean {
    return this.#areLines === true;
  }

  /** A newline, within a value or between two; `isAfterValue`: one has begun before it. */
  pass(isWithin: boolean, isAfterValue: boolean): void {
    this.number++;
    if (!isWithin) this.#areLines ??= isAfterValue ? true : undefined;
    else if (this.#areLines) this.isMaybeCut = true;
    else this.#areLines = false;
  }

  /** Whether a value was cut by the newline before; if it goes on, values are no lines. */
  settle(isCut: boolean): void {
    this.isMaybeCut = false;
    if (!isCut) this.#areLines = false;
  }

  /** Goes to the beginning of the next line, or to the end of the chunk. */
  passRest(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(NEWLINE, from);
    if (end < 0) return bytes.length;
    this.isDamaged = false;
    this.number++;
    return end + 1;
  }
}
