/** A row as read; `line` is where it starts, `isCut` that some of it was too large to keep. */
export type CsvRecord = { cells: string[]; line: number; isCut: boolean };

export type CsvRowLimits = {
  /** Characters kept of one cell and of one row; the rest is passed over, and the row goes on behind it. */
  maxCellChars: number;
  maxRowChars: number;
  maxCells: number;
};

const defaultCsvRowLimits: CsvRowLimits = { maxCellChars: 1_048_577, maxRowChars: 8_388_608, maxCells: 1_000 };

const PLACE = { start: 0, plain: 1, quoted: 2, quote: 3 } as const;

/**
 * Rows of RFC 4180, read leniently and in bounded memory: line ends of any kind, line ends and doubled quotes within
 * quotes, and a quote that stands in the middle of a cell is a quote, as in `"said "no" twice"`.
 *
 * Ours, because a row that exceeds a limit must neither be held nor end the file.
 */
export class CsvRowReader {
  readonly #delimiter: string;
  readonly #quote: string;
  readonly #limits: CsvRowLimits;
  readonly #mark: RegExp;
  #place: number = PLACE.start;
  #cells: string[] = [];
  #pieces: string[] = [];
  #cellChars = 0;
  #rowChars = 0;
  #isCut = false;
  #line: number;
  #rowLine: number;
  #isAfterReturn = false;

  /** @param options.firstLine number of the line that the text starts with */
  constructor(delimiter: string, options: { firstLine?: number; quote?: string; limits?: Partial<CsvRowLimits> } = {}) {
    const { firstLine = 1, quote = '"', limits } = options;
    this.#delimiter = delimiter;
    this.#quote = quote;
    this.#limits = { ...defaultCsvRowLimits, ...limits };
    this.#mark = new RegExp(`[${delimiter}\r\n]`, "g");
    this.#line = firstLine;
    this.#rowLine = firstLine;
  }

  /** The line that is being read. */
  get line(): number {
    return this.#line;
  }

  /** Reads on, and gives the rows that end in the text. */
  *write(text: string): Generator<CsvRecord> {
    for (let at = 0; at < text.length; ) {
      if (this.#isAfterReturn) {
        this.#isAfterReturn = false;
        if (text[at] === "\n") {
          at++;
          continue;
        }
      }
      if (this.#place === PLACE.quoted) {
        at = this.#readQuoted(text, at);
        continue;
      }
      if (this.#place === PLACE.start && text[at] === this.#quote) {
        this.#place = PLACE.quoted;
        at++;
        continue;
      }
      if (this.#place === PLACE.quote && !this.#isMark(text[at] as string)) {
        // Doubled, or a bare quote inside a quoted cell: either way it is one quote, and the cell goes on.
        this.#keep(this.#quote);
        this.#place = PLACE.quoted;
        if (text[at] === this.#quote) at++;
        continue;
      }
      at = this.#readPlain(text, at);
      if (at > text.length) return;
      const mark = text[at - 1] as string;
      if (mark === this.#delimiter) this.#endCell();
      else yield this.#endRow(mark);
    }
  }

  /**
   * The last row, when no line end follows it.
   *
   * @returns `isOpen`: the file ends within quotes, and the row is not whole
   */
  end(): { record: CsvRecord | null; isOpen: boolean } {
    const isOpen = this.#place === PLACE.quoted;
    const isEmpty = this.#cells.length === 0 && this.#place === PLACE.start;
    return { record: isEmpty ? null : this.#endRow(""), isOpen };
  }

  /** @returns the offset behind the mark that ends the cell; more than the text's length when there is none */
  #readPlain(text: string, from: number): number {
    this.#mark.lastIndex = from;
    const stop = this.#mark.exec(text)?.index ?? text.length;
    if (stop > from) {
      this.#keep(text.slice(from, stop));
      this.#place = PLACE.plain;
    }
    return stop + 1;
  }

  #readQuoted(text: string, from: number): number {
    const quote = text.indexOf(this.#quote, from);
    const stop = quote === -1 ? text.length : quote;
    for (let at = text.indexOf("\n", from); at !== -1 && at < stop; at = text.indexOf("\n", at + 1)) this.#line++;
    this.#keep(text.slice(from, stop));
    if (quote !== -1) this.#place = PLACE.quote;
    return stop + 1;
  }

  #isMark(mark: string): boolean {
    return mark === this.#delimiter || mark === "\n" || mark === "\r";
  }

  #keep(piece: string): void {
    const { maxCellChars, maxRowChars } = this.#limits;
    const room = Math.max(Math.min(maxCellChars - this.#cellChars, maxRowChars - this.#rowChars), 0);
    const kept = piece.length <= room ? piece : piece.slice(0, room);
    if (kept.length < piece.length) this.#isCut = true;
    this.#cellChars += kept.length;
    this.#rowChars += kept.length;
    if (kept !== "") this.#pieces.push(kept);
  }

  #endCell(): void {
    if (this.#cells.length < this.#limits.maxCells) this.#cells.push(this.#pieces.join("").toWellFormed());
    else this.#isCut = true;
    this.#pieces = [];
    this.#cellChars = 0;
    this.#place = PLACE.start;
  }

  #endRow(mark: string): CsvRecord {
    this.#endCell();
    const record = { cells: this.#cells, line: this.#rowLine, isCut: this.#isCut };
    this.#isAfterReturn = mark === "\r";
    this.#line++;
    this.#rowLine = this.#line;
    this.#cells = [];
    this.#rowChars = 0;
    this.#isCut = false;
    return record;
  }
}
