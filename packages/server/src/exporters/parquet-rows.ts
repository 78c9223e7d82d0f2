import { type BasicType, ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { createColumn } from "./parquet-column.ts";
import type { ColumnValues, ParquetValue } from "./parquet-values.ts";

/** A column of a Parquet file and where its value is; null where there is none. */
export type ParquetColumn<T> = {
  name: string;
  type: Extract<BasicType, "BOOLEAN" | "INT32" | "INT64" | "DOUBLE" | "STRING" | "JSON" | "TIMESTAMP">;
} & (OwnValue<T> | SharedValue<T>);

/** `isUnique`: no two rows have the same value, and nothing is gained by looking for those that have. */
type OwnValue<T> = { value(record: T): ParquetValue; isUnique: boolean; of?: undefined };
/** Of something that many records share: asked once for all of a group. `of` is the same function for all columns of it. */
type SharedValue<T> = { of(record: T): object; value(thing: object): ParquetValue };

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
  const shared = new Map([...new Set(columns.flatMap(({ of }) => of ?? []))].map((of) => [of, createShared(of)]));
  const chunks = columns.map((column, index) => ({
    write: createColumn(writer, index, !column.of && column.isUnique),
    values: column.of ? shared.get(column.of)!.column(column.value) : createOwn(column.value),
  }));
  let rows = 0;
  const encodeGroup = () => {
    const start = bytes.offset;
    const written = chunks.map(({ write, values }) => write(bytes, values.take(rows)));
    for (const each of shared.values()) each.clear();
    const sizes = written.map(({ chunk }) => chunk.meta_data?.total_uncompressed_size ?? 0n);
    writer.row_groups.push({
      columns: written.map(({ chunk }) => chunk),
      total_byte_size: sizes.reduce((sum, size) => sum + size, 0n),
      num_rows: BigInt(rows),
      total_compressed_size: BigInt(bytes.offset - start),
    });
    writer.pendingIndexes.push(...written);
    writer.num_rows += BigInt(rows);
    rows = 0;
    return take(bytes);
  };
  return {
    add: (record) => {
      for (const each of shared.values()) each.add(record);
      for (const { values } of chunks) values.add(record);
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

/** What a column gathers of a group's rows; to be cleared by whoever takes it. */
type Gathered<T> = { add(record: T): void; take(rows: number): ColumnValues };

function createOwn<T>(value: OwnValue<T>["value"]): Gathered<T> {
  let told: ParquetValue[] = [];
  return {
    add: (record) => {
      told.push(value(record));
    },
    take: (rows) => {
      const taken = told;
      told = [];
      return { told: taken, places: undefined, rows };
    },
  };
}

/** The things that a group's records share, in the order in which they come. */
function createShared<T>(of: SharedValue<T>["of"]) {
  const known = new Map<object, number>();
  const places: number[] = [];
  return {
    add: (record: T) => {
      const thing = of(record);
      let place = known.get(thing);
      if (place === undefined) {
        place = known.size;
        known.set(thing, place);
      }
      places.push(place);
    },
    clear: () => {
      known.clear();
      places.length = 0;
    },
    column: (value: SharedValue<T>["value"]): Gathered<T> => ({
      add: () => undefined,
      take: (rows) => ({ told: Array.from(known.keys(), value), places, rows }),
    }),
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
