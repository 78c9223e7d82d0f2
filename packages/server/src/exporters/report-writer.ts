import type { ReportFormat } from "@breakwater/contract";

/** What a part's file is called, and said to be. */
export type ReportWriter = { extension: string; contentType: string };

export const REPORT_WRITERS: Readonly<Record<ReportFormat, ReportWriter>> = {
  JSON: {
    extension: "json",
    contentType: "application/json",
  },
  JSONL: {
    extension: "jsonl",
    contentType: "application/jsonl",
  },
  PARQUET: {
    extension: "parquet",
    contentType: "application/vnd.apache.parquet",
  },
  CSV: {
    extension: "csv",
    contentType: "text/csv; charset=utf-8; header=present",
  },
  SARIF: {
    extension: "sarif",
    contentType: "application/sarif+json",
  },
  CYCLONEDX: {
    extension: "cdx.json",
    contentType: "application/vnd.cyclonedx+json; version=1.6",
  },
  OPENVEX: {
    extension: "openvex.json",
    contentType: "application/json",
  },
};

/** Name of a part, from 1: `part_1.json`. */
export function toPartName(writer: ReportWriter, ordinal: number): string {
  return `part_${ordinal}.${writer.extension}`;
}
