import type { ScanWriter } from "./scan-writer.ts";

const MAX_ITEM_CHARS = 65_536;

/**
 * Records that cannot be told yet, because what they refer to stands further down in the file: the target behind the
 * findings, or the definitions of the checks. Bounded in number and in characters; what does not fit is refused.
 */
export class Pending<T> {
  readonly #max: number;
  readonly #maxChars: number;
  #chars = 0;
  #items: T[] = [];

  constructor(max = 250_000, maxChars = 67_108_864) {
    this.#max = max;
    this.#maxChars = maxChars;
  }

  add(item: T, out: ScanWriter, where: string): void {
    const chars = charsOf(item);
    if (this.#items.length < this.#max && this.#chars + chars <= this.#maxChars) {
      this.#items.push(item);
      this.#chars += chars;
      return;
    }
    const message = `the file tells more than ${this.#max} records, or ${this.#maxChars} characters of them, before what they refer to; this one was left out: split the file`;
    out.refuse("held-too-many", where, message);
  }

  /**
   * The text to hold with an item, cut to what is stored of evidence at all.
   *
   * @returns nothing once three quarters of what may be held is: the rest is for records, which are worth more
   */
  text(text: string, out: ScanWriter, where: string): string {
    const kept = text.slice(0, MAX_ITEM_CHARS).toWellFormed();
    if (kept === "" || this.#chars + kept.length <= this.#maxChars * 0.75) return kept;
    out.warn("evidence-left-out", where, "the file has too much evidence before what it refers to: split the file");
    return "";
  }

  /** What was held, in its order; then none is. */
  take(): T[] {
    const items = this.#items;
    this.#items = [];
    this.#chars = 0;
    return items;
  }
}

/** Characters of all texts in a value of plain data. */
export function charsOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  let chars = 0;
  for (const member of Object.values(value)) chars += charsOf(member);
  return chars;
}
