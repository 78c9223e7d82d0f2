export { type ByteRange, type RangeSelection, selectRange } from "./byte-range.ts";
export { readSegments, type Segment, totalLength } from "./byte-segments.ts";
export { toCsvCell } from "./csv-cell.ts";
export { type DeflatedFile, readDeflatedFile, writeDeflatedFile } from "./deflated-file.ts";
export { type JsonDocument, toJsonDocument, toJsonList } from "./json-document.ts";
export { type ParquetColumn, toParquet } from "./parquet-rows.ts";
export { REPORT_WRITERS, type ReportWriter, toPartName } from "./report-writer.ts";
export { layOutZip, type ZipEntry } from "./zip-layout.ts";
