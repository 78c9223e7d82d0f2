import { type BasicType, ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";

/** A column of a Parquet file and where its value is in a record; null where there is none. */
export type ParquetColumn<T> = {
  name: string;
  type: Extract<BasicType, "BOOLEAN" | "INT32" | "INT64" | "DOUBLE" | "STRING" | "JSON" | "TIMESTAMP">;
  value(record: T): unknown;
  /** No two rows have the same value: nothing is gained by looking for those that have. */
  isUnique?: boolean;
};

/** A Parquet file that is being made, row by row. */
export type ParquetRows<T> = {
  /** @returns what the file goes on with, now and then */
  add(record: T): Uint8Array | undefined;
  /** What it ends with. */
  finish(): Iterable<Uint8Array>;
};

/** Rows encoded at a time, which memory holds as values. */
const GROUP_ROWS = 1_000;

export function createParquetRows<T>(columns: readonly ParquetColumn<T>[]): ParquetRows<T> {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: toSchema(columns), createdBy: "Breakwater" });
  const values = columns.map((): unknown[] => []);
  let rows = 0;
  const encodeGroup = () => {
    const columnData = columns.map(({ name, isUnique }, index) => {
      return { name, data: values[index]!, ...(isUnique ? { encoding: "PLAIN" as const } : {}) };
    });
    writer.write({ columnData, rowGroupSize: rows });
    for (const column of values) column.length = 0;
    rows = 0;
    return take(bytes);
  };
  return {
    add: (record) => {
      for (let index = 0; index < columns.length; index++) values[index]!.push(columns[index]!.value(record) ?? null);
      rows += 1;
      return rows === GROUP_ROWS ? encodeGroup() : undefined;
    },
    finish: function* () {
      if (rows > 0) yield encodeGroup();
      writer.finish();
      yield take(bytes);
    },
  };
}

/** What was written since; `offset` goes on counting, for the file's own positions. */
function take(bytes: ByteWriter): Uint8Array {
  const taken = bytes.getBytes();
  bytes.index = 0;
  return taken;
}

function toSchema<T>(columns: readonly ParquetColumn<T>[]) {
  return schemaFromColumnData({
    columnData: columns.map(({ name, type }) => ({ name, type, nullable: true, data: [] })),
  });
}
