// parquet-rows.ts is imported where it is needed, for its library takes some memory in each thread.
export { type ByteRange, selectRange } from "./byte-range.ts";
export { readSegments, type Segment, totalLength } from "./byte-segments.ts";
export { ByteWriter, type Utf8Range } from "./byte-writer.ts";
export { toCsvCell } from "./csv-cell.ts";
export { createDeflatedFile, type DeflatedFile, readDeflatedFile } from "./deflated-file.ts";
export { type JsonDocument, toJsonList } from "./json-document.ts";
export { REPORT_WRITERS, toPartName } from "./report-writer.ts";
export { layOutZip, type ZipEntry } from "./zip-layout.ts";
