export { compileQuery } from "./compile-query.ts";
export type { CompiledSort, SortTerm } from "./compile-sort.ts";
export { compileSort } from "./compile-sort.ts";
export { areFewAssets, assetsFirst } from "./few-assets.ts";
export type { ColumnKind, ElementSource, FieldColumn, FieldColumns, FieldMap, RelatedRows } from "./field-map.ts";
export { isMappedField } from "./field-map.ts";
export { joinsOf } from "./joins.ts";
export { rowsAfter, type SortKeyValues, sortValues } from "./keyset.ts";
export {
  countRows,
  type PageChoice,
  type PageOfIds,
  type PageSource,
  readPage,
  readRows,
  selectPages,
} from "./read-page.ts";
