import pg from "pg";

const oid = {
  int8: 20,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  int8Array: 1016,
  dateArray: 1182,
  textArray: 1009,
};

/**
 * How columns become JavaScript values: `bigint` is a number (a value beyond 2^53 fails the query instead of losing
 * digits), `timestamptz` a Date, `date` and `timestamp` stay text, which has no zone to be wrong about.
 */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser(id: number, format?: "text" | "binary") {
    return (format !== "binary" && parsers.get(id)) || pg.types.getTypeParser(id, format);
  },
};

const asText = (text: string) => text;
type TypeId = Parameters<typeof pg.types.getTypeParser>[0];
const textArray: (text: string) => (string | null)[] = pg.types.getTypeParser(oid.textArray as TypeId, "text");

const parsers = new Map<number, (text: string) => unknown>([
  [oid.int8, parseSafeInteger],
  [oid.int8Array, (text) => textArray(text).map((item) => (item === null ? null : parseSafeInteger(item)))],
  [oid.date, asText],
  [oid.dateArray, textArray],
  [oid.timestamp, asText],
]);

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`The bigint ${text} does not fit a number: cast it to text`);
  return value;
}
