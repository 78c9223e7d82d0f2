import { type BasicType, ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import type { PartEncoder } from "./part-encoder.ts";

/** A column of a Parquet file and where its value is in a record; null where there is none. */
export type ParquetColumn<T> = {
  name: string;
  type: Extract<BasicType, "BOOLEAN" | "INT32" | "INT64" | "DOUBLE" | "STRING" | "JSON" | "TIMESTAMP">;
  value(record: T): unknown;
};

/** Rows encoded at a time, which memory holds as objects. */
const GROUP_ROWS = 1_000;

/** A Parquet file of records that come as lines of JSON. */
export function toParquet<T>(columns: readonly ParquetColumn<T>[]): PartEncoder {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: toSchema(columns), createdBy: "Breakwater" });
  let group: T[] = [];
  const encodeGroup = () => {
    const encoded = encode(writer, bytes, columns, group);
    group = [];
    return encoded;
  };
  return {
    head: () => Buffer.alloc(0),
    encode: (lines) => {
      const groups: Buffer[] = [];
      for (const line of lines.toString("utf8").split("\n")) {
        if (line === "") continue;
        group.push(JSON.parse(line) as T);
        if (group.length === GROUP_ROWS) groups.push(encodeGroup());
      }
      return Buffer.concat(groups);
    },
    tail: function* () {
      if (group.length > 0) yield encodeGroup();
      writer.finish();
      yield take(bytes);
    },
  };
}

function encode<T>(
  writer: ParquetWriter,
  bytes: ByteWriter,
  columns: readonly ParquetColumn<T>[],
  rows: readonly T[],
): Buffer {
  const columnData = columns.map(({ name, value }) => ({ name, data: rows.map((row) => value(row) ?? null) }));
  writer.write({ columnData, rowGroupSize: rows.length });
  return take(bytes);
}

/** What was written since; `offset` goes on counting, for the file's own positions. */
function take(bytes: ByteWriter): Buffer {
  const taken = Buffer.from(bytes.getBytes());
  bytes.index = 0;
  return taken;
}

function toSchema<T>(columns: readonly ParquetColumn<T>[]) {
  return schemaFromColumnData({
    columnData: columns.map(({ name, type }) => ({ name, type, nullable: true, data: [] })),
  });
}
