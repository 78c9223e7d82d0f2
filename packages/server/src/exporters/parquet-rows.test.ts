import fc from "fast-check";
import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { createParquetRows, type ParquetColumn } from "./parquet-rows.ts";

const GROUP_ROWS = 1_000;

type Shared = { title: string | null; list: string[]; risk: number; score: number | null };
type Row = { shared: Shared; text: string | null; number: number; flag: boolean | null; timeMs: number | null };

const toShared = ({ shared }: Row) => shared;
const of = (value: (shared: Shared) => string | number | null) => ({
  of: toShared,
  value: value as (thing: object) => string | number | null,
});
const COLUMNS: readonly ParquetColumn<Row>[] = [
  { name: "text", type: "STRING", value: ({ text }) => text, isUnique: false },
  { name: "unique", type: "STRING", value: ({ text }) => text, isUnique: true },
  { name: "number", type: "INT32", value: ({ number }) => number, isUnique: false },
  { name: "double", type: "DOUBLE", value: ({ number }) => number / 7, isUnique: false },
  { name: "flag", type: "BOOLEAN", value: ({ flag }) => flag, isUnique: false },
  { name: "time", type: "TIMESTAMP", value: ({ timeMs }) => timeMs, isUnique: false },
  { name: "json", type: "JSON", value: ({ text }) => Buffer.from(JSON.stringify({ text })), isUnique: true },
  { name: "title", type: "STRING", ...of(({ title }) => title) },
  { name: "list", type: "JSON", ...of(({ list }) => JSON.stringify(list)) },
  { name: "risk", type: "INT32", ...of(({ risk }) => risk) },
  { name: "score", type: "DOUBLE", ...of(({ score }) => score) },
];

/** The library alone, told the same: values as it wants them, in every row. */
function writeAlone(rows: readonly Row[]): Buffer {
  const bytes = new ByteWriter();
  const named = COLUMNS.map(({ name, type }) => ({ name, type, nullable: true, data: [] }));
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: named }),
    createdBy: "Breakwater",
  });
  for (let start = 0; start < rows.length; start += GROUP_ROWS) {
    const group = rows.slice(start, start + GROUP_ROWS);
    const columnData = COLUMNS.map((column) => {
      const data = group.map((row) => {
        const value = column.of ? column.value(column.of(row)) : column.value(row);
        if (column.type === "JSON") return JSON.parse(String(value)) as unknown;
        return column.type === "TIMESTAMP" && value !== null ? new Date(value as number) : value;
      });
      return { name: column.name, data, ...(!column.of && column.isUnique ? { encoding: "PLAIN" as const } : {}) };
    });
    writer.write({ columnData, rowGroupSize: group.length });
  }
  writer.finish();
  return Buffer.from(bytes.getBytes());
}

function writeOurs(rows: readonly Row[]): Buffer {
  const file = createParquetRows(COLUMNS);
  const pieces = rows.flatMap((row) => {
    const piece = file.add(row);
    return piece ? [Buffer.from(piece)] : [];
  });
  for (const piece of file.finish()) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const anyText = fc.oneof(fc.constantFrom("tcp", "", "é", "\u{1f600}", "\uffff"), fc.string({ unit: "binary" }));
const anyShared: fc.Arbitrary<Shared> = fc.record({
  title: fc.option(anyText),
  list: fc.array(anyText, { maxLength: 3 }),
  risk: fc.integer({ min: -5, max: 1000 }),
  score: fc.option(fc.constantFrom(0, -0, 4.5, 9.8)),
});
const anyRow = (shared: readonly Shared[]): fc.Arbitrary<Row> =>
  fc.record({
    shared: fc.constantFrom(...shared),
    text: fc.option(anyText),
    number: fc.integer({ min: -3, max: 3 }),
    flag: fc.option(fc.boolean()),
    timeMs: fc.option(fc.constantFrom(0, 1_780_000_000_000, 1_780_000_000_001)),
  });
/** Rows that come again and again, as many as it takes for several groups. */
const anyRows = fc
  .array(anyShared, { minLength: 1, maxLength: 8 })
  .chain((shared) => fc.tuple(fc.array(anyRow(shared), { minLength: 1, maxLength: 60 }), fc.nat(60)))
  .map(([rows, times]) => Array.from({ length: times + 1 }, () => rows).flat());

describe("a Parquet file", () => {
  it("is byte by byte what the library writes of all rows' values", () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        expect(writeOurs(rows).equals(writeAlone(rows))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("is the same with texts for which a page is too small, and without any row", () => {
    const shared: Shared = { title: null, list: [], risk: 0, score: null };
    const row = { shared, number: 0, flag: null, timeMs: null };
    for (const length of [300_000, 700_000, 1_100_000]) {
      const rows = ["a", "é", "c"].map((letter) => ({ ...row, text: letter.repeat(length) }));
      expect(writeOurs(rows).equals(writeAlone(rows)), `${length}`).toBe(true);
    }
    expect(writeOurs([]).equals(writeAlone([]))).toBe(true);
  });
});
