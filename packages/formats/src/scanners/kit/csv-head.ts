/** Whether a line is the one that names the columns. Names come trimmed and in lower case. */
export type CsvHeaderTest = (columns: readonly string[]) => boolean;

export type CsvDelimiter = "," | ";" | "\t" | "|";

/** Where the columns are named; `end` is the offset behind that line, `line` its 1-based number. */
export type CsvHeader = { columns: string[]; delimiter: CsvDelimiter; line: number; end: number };

const DELIMITERS: readonly CsvDelimiter[] = [",", ";", "\t", "|"];
/** Lines that may stand before the one that names the columns. */
const MAX_PREAMBLE_LINES = 50;
const MAX_COLUMNS = 1_000;

/**
 * Finds the line that names the columns, and with it the delimiter: whichever makes columns of it that the test knows.
 * Counting separators would be fooled by prose, which is full of commas.
 *
 * @param text the beginning of the file; a last line without its end counts only when the file is `whole`
 */
export function findCsvHeader(
  text: string,
  isHeader: CsvHeaderTest,
  options: { isWhole?: boolean; delimiter?: CsvDelimiter | undefined } = {},
): CsvHeader | null {
  const delimiters = options.delimiter === undefined ? DELIMITERS : [options.delimiter];
  let start = 0;
  for (let line = 1; line <= MAX_PREAMBLE_LINES && start < text.length; line++) {
    const found = /\r\n|\n|\r/.exec(text.slice(start));
    if (!found && options.isWhole !== true) return null;
    const stop = found ? start + found.index : text.length;
    const end = found ? stop + found[0].length : stop;
    for (const delimiter of delimiters) {
      const columns = splitLine(text.slice(start, stop), delimiter);
      if (columns.length > 1 && columns.length <= MAX_COLUMNS && isHeader(columns)) {
        return { columns, delimiter, line, end };
      }
    }
    start = end;
  }
  return null;
}

/** Names of columns may be quoted; a delimiter within quotes does not divide. */
function splitLine(line: string, delimiter: string): string[] {
  const cells: string[] = [""];
  let isQuoted = false;
  for (const mark of line.replace(/^\uFEFF/, "")) {
    if (mark === '"') isQuoted = !isQuoted;
    else if (mark === delimiter && !isQuoted) cells.push("");
    else cells[cells.length - 1] += mark;
  }
  return cells.map((cell) => cell.trim().toLowerCase());
}
