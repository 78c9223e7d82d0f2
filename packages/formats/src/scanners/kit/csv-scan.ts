import type { ByteSource, ScanEvent, ScanParser } from "../../records.ts";
import { Utf8Check } from "../../utf8-check.ts";
import { type CsvDelimiter, type CsvHeader, type CsvHeaderTest, findCsvHeader } from "./csv-head.ts";
import { type CsvRecord, type CsvRowLimits, CsvRowReader } from "./csv-row-reader.ts";
import { decodeCsv } from "./csv-text.ts";
import { inBatches, ScanWriter, type ScanWriterLimits } from "./scan-writer.ts";

/** One row by column name, in lower case and trimmed; a column that the row does not reach is absent. */
export type CsvRow = Readonly<Record<string, string>>;

export type CsvScanMapping<State> = {
  /** Name of the source product. */
  product: string;
  /** The file names the product itself, with `out.run`; `product` is for one that does not. */
  tellsProduct?: true;
  /** Whether a line of the file is the one that names the columns; what stands before it is passed over. */
  isHeader: CsvHeaderTest;
  row: (row: CsvRow, context: { out: ScanWriter; where: string; state: State }) => void;
  /** A line among the rows or behind them that is no record, and may have fewer cells. */
  isNote?: (row: CsvRow) => boolean;
  /** @param preamble what stands before the columns' names: reports tell there when and by whom they were made */
  start: (preamble: string) => State;
  /** What is left to tell after the last record, where it may be much: a step for each piece. */
  rest?: (context: { out: ScanWriter; state: State }) => Iterable<unknown>;
  /** Default: whichever makes columns that `isHeader` knows. */
  delimiter?: CsvDelimiter | undefined;
  /** Default: the double quote. */
  quote?: string | undefined;
  limits?: Partial<ScanWriterLimits & CsvRowLimits>;
};

/** So much of the file is looked at for the columns' names. */
const HEAD_CHARS = 65_536;
const STEP_CHARS = 65_536;

/** A parser from a mapping of rows. */
export function csvScan<State>(mapping: CsvScanMapping<State>): ScanParser {
  return async function* parse(source: ByteSource): AsyncGenerator<ScanEvent[]> {
    const out = new ScanWriter(mapping);
    const encoding = new Utf8Check();
    let file: CsvFile<State> | null = null;
    let head = "";
    for await (const text of decodeCsv(source, encoding)) {
      let rest = text;
      if (file === null) {
        head += text;
        if (head.length < HEAD_CHARS) continue;
        file = openFile(head, mapping, out, false);
        if (file === null) break;
        rest = head.slice(file.header.end);
      }
      for (let at = 0; at < rest.length; at += STEP_CHARS) {
        for (const record of file.reader.write(rest.slice(at, at + STEP_CHARS))) {
          file.take(record);
          if (out.isBatchFull) yield out.takeBatch();
        }
      }
    }
    if (file === null && head.length < HEAD_CHARS) {
      file = openFile(head, mapping, out, true);
      if (file) for (const record of file.reader.write(head.slice(file.header.end))) file.take(record);
    }
    if (file) yield* inBatches(file.end(), out);
    out.warnOf(encoding.toIssue("windows-1252"));
    yield out.finish();
  };
}

function openFile<State>(text: string, mapping: CsvScanMapping<State>, out: ScanWriter, isWhole: boolean) {
  const header = findCsvHeader(text.slice(0, HEAD_CHARS), mapping.isHeader, { isWhole, delimiter: mapping.delimiter });
  if (header) return new CsvFile(mapping, out, header, text);
  out.fail("csv-header-missing", "line 1", "no line of the file names the columns that are expected");
  return null;
}

class CsvFile<State> {
  readonly header: CsvHeader;
  readonly reader: CsvRowReader;
  readonly #mapping: CsvScanMapping<State>;
  readonly #out: ScanWriter;
  readonly #state: State;

  constructor(mapping: CsvScanMapping<State>, out: ScanWriter, header: CsvHeader, text: string) {
    this.#mapping = mapping;
    this.#out = out;
    this.header = header;
    const { quote = '"', limits = {} } = mapping;
    this.reader = new CsvRowReader(header.delimiter, { firstLine: header.line + 1, quote, limits });
    this.#state = mapping.start(text.slice(0, header.end));
  }

  take({ cells, line, isCut }: CsvRecord): void {
    const { columns } = this.header;
    const where = `line ${line}`;
    if (cells.every((cell) => cell.trim() === "") || this.#isNote(cells)) return;
    if (cells.slice(columns.length).some((cell) => cell.trim() !== "")) {
      const message = `the row has ${cells.length} cells, the file ${columns.length} columns; it was left out, for a cell may be in the wrong one`;
      this.#out.refuse("csv-row-too-long", where, message);
      return;
    }
    if (isCut) this.#out.warn("record-cut", where, "the row is too large; only its first part was kept");
    this.#mapping.row(toRow(columns, cells), { out: this.#out, where, state: this.#state });
  }

  /** Takes the last row, and tells what is left. */
  end(): Iterable<unknown> {
    const { record, isOpen } = this.reader.end();
    // A last line that stops early is the mark of a file that was cut.
    const isShort = record !== null && record.cells.length < this.header.columns.length && !this.#isNote(record.cells);
    if (record && (isOpen || isShort) && record.cells.some((cell) => cell.trim() !== "")) {
      const message = isOpen ? "the file ends within a quoted cell" : "the file ends in the middle of a row";
      this.#out.breakOff("csv-truncated", `line ${record.line}`, message);
    } else if (record) this.take(record);
    return this.#mapping.rest?.({ out: this.#out, state: this.#state }) ?? [];
  }

  #isNote(cells: readonly string[]): boolean {
    return this.#mapping.isNote?.(toRow(this.header.columns, cells)) ?? false;
  }
}

function toRow(columns: readonly string[], cells: readonly string[]): CsvRow {
  // Column names come from the file: no name may reach a prototype.
  const row: Record<string, string> = Object.create(null);
  columns.forEach((name, index) => {
    const cell = cells[index];
    // Of columns with one name, the first that says something.
    if (cell !== undefined && !row[name]) row[name] = cell.trim();
  });
  return row;
}
