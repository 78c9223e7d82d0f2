/** At most `maxChars` characters, never ending in half a surrogate pair, which no database takes as JSON. */
export function cutText(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : text.slice(0, Math.max(maxChars, 0)).toWellFormed();
}

/** The text of the element being read, capped, so that no element and no group of elements is held whole. */
export class TextField {
  name = "";
  value = "";
  line = 0;
  /** True when text was left out. */
  isCut = false;
  readonly #maxChars: number;
  readonly #maxGroupChars: number;
  #groupChars = 0;

  constructor(maxChars: number, maxGroupChars: number) {
    this.#maxChars = maxChars;
    this.#maxGroupChars = maxGroupChars;
  }

  /** A new item or host: its elements share one budget. */
  startGroup(): void {
    this.#groupChars = 0;
  }

  start(name: string, line: number): void {
    this.name = name;
    this.line = line;
    this.value = "";
    this.isCut = false;
  }

  append(piece: string): void {
    const room = Math.min(this.#maxChars - this.value.length, this.#maxGroupChars - this.#groupChars);
    const kept = cutText(piece, room);
    if (kept.length < piece.length) this.isCut = true;
    this.value += kept;
    this.#groupChars += kept.length;
  }
}
