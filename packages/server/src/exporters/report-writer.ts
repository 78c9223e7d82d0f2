import type { ReportFormat } from "@breakwater/contract";

/** What a part's file is around its records, each of which ends with a line feed. */
export type ReportWriter = {
  extension: string;
  contentType: string;
  /** What stands before the first record and after the last. */
  head: string;
  tail: string;
  /** Before every record but the first. */
  separator: string;
};

export const REPORT_WRITERS: Readonly<Record<ReportFormat, ReportWriter>> = {
  JSON: {
    extension: "json",
    contentType: "application/json",
    head: "[",
    separator: ",",
    tail: "]\n",
  },
  JSONL: {
    extension: "jsonl",
    contentType: "application/jsonl",
    head: "",
    separator: "",
    tail: "",
  },
  // Made of JSON lines: see toParquet.
  PARQUET: {
    extension: "parquet",
    contentType: "application/vnd.apache.parquet",
    head: "",
    separator: "",
    tail: "",
  },
  CSV: {
    extension: "csv",
    contentType: "text/csv; charset=utf-8; header=present",
    head: "",
    separator: "",
    tail: "",
  },
  // Made of JSON lines, each part a document of its own: see toJsonDocument.
  SARIF: {
    extension: "sarif",
    contentType: "application/sarif+json",
    head: "",
    separator: "",
    tail: "",
  },
  CYCLONEDX: {
    extension: "cdx.json",
    contentType: "application/vnd.cyclonedx+json; version=1.6",
    head: "",
    separator: "",
    tail: "",
  },
  OPENVEX: {
    extension: "openvex.json",
    contentType: "application/json",
    head: "",
    separator: "",
    tail: "",
  },
};

/** Name of a part, from 1: `part_1.json`. */
export function toPartName(writer: ReportWriter, ordinal: number): string {
  return `part_${ordinal}.${writer.extension}`;
}
