/** What a column holds of a row: JSON as its text or the bytes of it, a time as epoch milliseconds. */
export type ParquetValue = string | number | boolean | Uint8Array | null;

/** A column's values in a group of rows: those that are told, and for each row which of them; without `places` each row's own. */
export type ColumnValues = { told: readonly ParquetValue[]; places: readonly number[] | undefined; rows: number };
