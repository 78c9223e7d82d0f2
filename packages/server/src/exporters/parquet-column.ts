import { ByteWriter, type ParquetWriter, type schemaFromColumnData } from "hyparquet-writer";
import { writeColumn } from "hyparquet-writer/src/column.js";
import { writeDataPageV2, writePageHeader } from "hyparquet-writer/src/datapage.js";
import { writeDictionaryPage } from "hyparquet-writer/src/dictionary.js";
import { writeRleBitPackedHybrid } from "hyparquet-writer/src/encoding.js";
import { bytesAt, LENGTH_BYTES, layOutTexts, PAGE_BYTES, pageBytes, type Texts, textAt } from "./parquet-texts.ts";
import type { ColumnValues, ParquetValue } from "./parquet-values.ts";

type SchemaElement = ReturnType<typeof schemaFromColumnData>[number];
type ColumnEncoder = Parameters<typeof writeColumn>[0]["column"];
type Chunk = ReturnType<typeof writeColumn>;
type Described = NonNullable<Chunk["chunk"]["meta_data"]>;
type Statistics = NonNullable<Described["statistics"]>;

/** A column's part of a row group; positions in the file are those of `bytes`. */
type WriteChunk = (bytes: ByteWriter, values: ColumnValues) => Chunk;

/** The file's end tells of every chunk, so that all of them are kept until then: what is the same is there once. */
const CODED: Pick<Described, "encodings" | "encoding_stats"> = {
  encodings: ["PLAIN", "RLE_DICTIONARY"],
  encoding_stats: [
    { page_type: "DICTIONARY_PAGE", encoding: "PLAIN", count: 1 },
    { page_type: "DATA_PAGE_V2", encoding: "RLE_DICTIONARY", count: 1 },
  ],
};
const PLAIN: typeof CODED = {
  encodings: ["PLAIN"],
  encoding_stats: [{ page_type: "DATA_PAGE_V2", encoding: "PLAIN", count: 1 }],
};

/**
 * Writes chunks of one column as the library does, byte by byte, page by page, but looks for values that come again among
 * those that are told instead of in every row, three times: a check's texts are told once for all its findings.
 *
 * @param isPlain without looking for values that come again
 */
export function createColumn(writer: ParquetWriter, index: number, isPlain: boolean): WriteChunk {
  const [root, element] = [writer.schema[0]!, writer.schema[index + 1]!];
  const column: ColumnEncoder = {
    columnName: element.name,
    element: toPhysical(element),
    schemaPath: [root, element],
    codec: writer.codec,
    compressors: { SNAPPY: writer.compressors.SNAPPY },
    stats: true,
    pageSize: PAGE_BYTES,
    columnIndex: false,
    offsetIndex: true,
    ...(element.type === "BOOLEAN" ? {} : { encoding: "PLAIN" }),
  };
  const target = { column, element, path: [element.name] };
  return (bytes, values) => {
    const dictionary = isPlain || element.type === "BOOLEAN" ? undefined : toDictionary(element, values);
    if (dictionary) return writeCoded(bytes, target, dictionary);
    const texts = element.type === "BYTE_ARRAY" ? layOutTexts(values) : undefined;
    if (texts) return writeTexts(bytes, target, texts);
    return writeColumn({ writer: bytes, column, pageData: toPage(toRows(element, values)) });
  };
}

/** JSON and times are given to the library as what they are stored as. */
function toPhysical(element: SchemaElement): SchemaElement {
  if (element.converted_type === "UTF8") return element;
  const { converted_type: _, ...physical } = element;
  return physical;
}

function toStored({ converted_type }: SchemaElement, value: ParquetValue) {
  if (converted_type === "JSON" && typeof value === "string") return Buffer.from(value);
  return converted_type === "TIMESTAMP_MILLIS" && value !== null ? BigInt(value as number) : value;
}

function toRows(element: SchemaElement, { told, places }: ColumnValues) {
  const stored = told.map((value) => toStored(element, value));
  return places ? places.map((place) => stored[place]) : stored;
}

function toPage(values: unknown[]) {
  return {
    values,
    definitionLevels: values.map((value) => (value === null ? 0 : 1)),
    repetitionLevels: [],
    maxDefinitionLevel: 1,
  };
}

/** `indexes`: of each row's value; null where there is none. */
type Dictionary = { distinct: ParquetValue[]; indexes: (number | null)[] };

/** @returns undefined where the library would find that a dictionary does not pay */
function toDictionary(element: SchemaElement, { told, places, rows }: ColumnValues): Dictionary | undefined {
  const toSize = sizeOf(element);
  const known = new Map<ParquetValue, number>();
  const [distinct, sizes]: [ParquetValue[], number[]] = [[], []];
  let distinctBytes = 0;
  const toIndex = (value: ParquetValue) => {
    if (value === null) return null;
    let index = known.get(value);
    if (index !== undefined) return index;
    index = distinct.length;
    known.set(value, index);
    distinct.push(value);
    const size = toSize(value);
    sizes.push(size);
    distinctBytes += size;
    return index;
  };
  const toldIndexes = told.map(toIndex);
  const indexes = places ? places.map((place) => toldIndexes[place]!) : toldIndexes;
  let [bytes, count] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const index = indexes[row]!;
    if (index === null) continue;
    bytes += sizes[index]!;
    count += 1;
  }
  if (bytes === 0 || distinctBytes / bytes > 0.9) return undefined;
  const indexBytes = Math.ceil((count * Math.ceil(Math.log2(distinct.length))) / 8);
  return 2 * (distinctBytes + indexBytes) > bytes ? undefined : { distinct, indexes };
}

function sizeOf({ type, converted_type }: SchemaElement): (value: ParquetValue) => number {
  if (type === "INT32") return () => 4;
  if (type !== "BYTE_ARRAY") return () => 8;
  if (converted_type === "JSON") return (value) => LENGTH_BYTES + Buffer.byteLength(value as string);
  return (value) => LENGTH_BYTES + (value as string).length;
}

/** `element` as the file has it, `column` as the library is told. */
type Target = { column: ColumnEncoder; element: SchemaElement; path: string[] };

function writeTexts(bytes: ByteWriter, { column, element, path }: Target, texts: Texts): Chunk {
  const { end, levels, nulls, min, max } = texts;
  const start = bytes.offset;
  const levelBytes = new ByteWriter(16);
  writeRleBitPackedHybrid(levelBytes, levels, 1);
  const compressed = column.compressors.SNAPPY!(pageBytes(texts));
  writePageHeader(bytes, {
    type: "DATA_PAGE_V2",
    uncompressed_page_size: levelBytes.offset + end,
    compressed_page_size: levelBytes.offset + compressed.length,
    data_page_header_v2: {
      num_values: levels.length,
      num_nulls: nulls,
      num_rows: levels.length,
      encoding: "PLAIN",
      definition_levels_byte_length: levelBytes.offset,
      repetition_levels_byte_length: 0,
      is_compressed: true,
    },
  });
  const headerBytes = bytes.offset - start;
  // Of JSON nothing is cut off.
  const toBound = element.converted_type === "UTF8" ? textAt : bytesAt;
  bytes.appendBytes(levelBytes.getBytes());
  bytes.appendBytes(compressed);
  const chunk: Chunk["chunk"] = {
    meta_data: {
      type: "BYTE_ARRAY",
      ...PLAIN,
      path_in_schema: path,
      codec: column.codec,
      num_values: BigInt(levels.length),
      total_compressed_size: BigInt(bytes.offset - start),
      total_uncompressed_size: BigInt(headerBytes + levelBytes.offset + end),
      data_page_offset: BigInt(start),
      statistics: {
        ...(min && max ? { min_value: toBound(min), max_value: toBound(max) } : {}),
        null_count: BigInt(nulls),
      },
    },
    file_offset: BigInt(start),
  };
  return { chunk };
}

function writeCoded(bytes: ByteWriter, { column, element, path }: Target, { distinct, indexes }: Dictionary): Chunk {
  const start = bytes.offset;
  const stored = distinct.map((value) => (typeof value === "string" ? Buffer.from(value) : toStored(element, value)));
  const dictionaryBytes = writeDictionaryPage(bytes, column, stored);
  const dataStart = bytes.offset;
  const pageBytes = writeDataPageV2({ writer: bytes, column, encoding: "RLE_DICTIONARY", pageData: toPage(indexes) });
  const chunk: Chunk["chunk"] = {
    meta_data: {
      type: element.type!,
      ...CODED,
      path_in_schema: path,
      codec: column.codec,
      num_values: BigInt(indexes.length),
      total_compressed_size: BigInt(bytes.offset - start),
      total_uncompressed_size: BigInt(dictionaryBytes + pageBytes),
      data_page_offset: BigInt(dataStart),
      dictionary_page_offset: BigInt(start),
      statistics: toStatistics(element, distinct, stored, indexes),
    },
    file_offset: BigInt(start),
  };
  return { chunk };
}

type Stored = ReturnType<typeof toStored>;

/** Bounds of the values: of texts in the order of their bytes. */
function toStatistics(
  element: SchemaElement,
  distinct: readonly ParquetValue[],
  stored: readonly Stored[],
  indexes: readonly (number | null)[],
): Statistics {
  let [min, max] = [0, 0];
  for (let index = 1; index < stored.length; index++) {
    if (isLess(stored[index]!, stored[min]!)) min = index;
    if (isLess(stored[max]!, stored[index]!)) max = index;
  }
  const bound = (index: number) => (element.converted_type === "UTF8" ? (distinct[index] as string) : stored[index]!);
  let nulls = 0;
  for (const index of indexes) if (index === null) nulls += 1;
  const [low, high] = [bound(min), bound(max)];
  const isFloat = element.type === "DOUBLE";
  // Of zeros the lower bound is the negative one, the upper bound the other.
  return {
    min_value: low === 0 ? -0 : low,
    max_value: high === 0 ? 0 : high,
    null_count: BigInt(nulls),
    ...(isFloat ? { nan_count: 0n } : {}),
  };
}

function isLess(one: Stored, other: Stored): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other) < 0;
  return (one as number) < (other as number);
}
