// What a thread that makes reports needs of findings: an entry of its own, since the index brings queries and kysely along.
export { FINDING_CSV_COLUMNS } from "./finding-csv.ts";
export type { RunQuery } from "./finding-dictionary.ts";
export { FINDING_PARQUET_COLUMNS } from "./finding-parquet.ts";
export { createFindingReader, type FindingReader } from "./finding-reader.ts";
export { createPartFormat, type PartText } from "./part-formats.ts";
export { toQuery } from "./statement.ts";
