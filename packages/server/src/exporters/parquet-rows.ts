import { type BasicType, ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";

/** A column of a Parquet file and where its value is in a record; null where there is none. */
export type ParquetColumn<T> = {
  name: string;
  type: Extract<BasicType, "BOOLEAN" | "INT32" | "INT64" | "DOUBLE" | "STRING" | "JSON" | "TIMESTAMP">;
  value(record: T): unknown;
};

/** Rows encoded at a time: what is held in memory, and how long the event loop is kept. */
const GROUP_ROWS = 1_000;

/**
 * A Parquet file of records that come as lines of JSON, each chunk holding whole lines. Memory is bounded by a row group;
 * between two groups others get their turn.
 */
export async function* toParquet<T>(
  lines: AsyncIterable<Buffer>,
  columns: readonly ParquetColumn<T>[],
): AsyncGenerator<Buffer> {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: toSchema(columns), createdBy: "Breakwater" });
  let group: T[] = [];
  for await (const chunk of lines) {
    for (const line of chunk.toString("utf8").split("\n")) {
      if (line === "") continue;
      group.push(JSON.parse(line) as T);
      if (group.length < GROUP_ROWS) continue;
      yield encode(writer, bytes, columns, group);
      group = [];
    }
  }
  if (group.length > 0) yield encode(writer, bytes, columns, group);
  writer.finish();
  yield take(bytes);
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
