import type { ReportFormat } from "@breakwater/contract";

/**
 * How PostgreSQL's rows become the file of one part. The rows leave the database through `COPY … TO STDOUT` as text
 * that needs no further work: Node only counts, deflates and stores the bytes.
 */
export type ReportWriter = {
  extension: string;
  contentType: string;
  /** `json`: one column of JSON text, `csv`: one column per field. */
  rows: "json" | "csv";
  /** Options of the COPY statement. */
  copyOptions: string;
  /** What stands before the first record and after the last. */
  head: string;
  tail: string;
  /** What the rows from the database each begin with: one character, which the first of a part loses, or nothing. */
  separator: "" | ",";
};

// COPY's CSV format writes a value as it is unless it holds the quote or the delimiter, and JSON text holds no raw
// control character (RFC 8259 section 7). So each record comes out untouched, on a line of its own.
const VERBATIM_LINES = "FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02'";

export const REPORT_WRITERS: Readonly<Record<ReportFormat, ReportWriter>> = {
  JSON: {
    extension: "json",
    contentType: "application/json",
    rows: "json",
    copyOptions: VERBATIM_LINES,
    head: "[",
    separator: ",",
    tail: "]\n",
  },
  JSONL: {
    extension: "jsonl",
    contentType: "application/jsonl",
    rows: "json",
    copyOptions: VERBATIM_LINES,
    head: "",
    separator: "",
    tail: "",
  },
  CSV: {
    extension: "csv",
    contentType: "text/csv; charset=utf-8; header=present",
    rows: "csv",
    copyOptions: "FORMAT csv, HEADER true",
    head: "",
    separator: "",
    tail: "",
  },
};

/** Name of a part, from 1: `part_1.json`. */
export function toPartName(writer: ReportWriter, ordinal: number): string {
  return `part_${ordinal}.${writer.extension}`;
}
