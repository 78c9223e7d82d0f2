export { compileQuery } from "./compile-query.ts";
export { compileSort, type SortTerm } from "./compile-sort.ts";
export { areFewAssets, assetsFirst } from "./few-assets.ts";
export type { ColumnKind, ElementSource, FieldColumn, FieldColumns, FieldMap, RelatedRows } from "./field-map.ts";
export { isMappedField } from "./field-map.ts";
export { joinsOf } from "./joins.ts";
export type { SortKeyValues } from "./keyset.ts";
export { countRows, type PageChoice, readPage, readRows } from "./read-page.ts";
export { type PageSource, selectPages } from "./select-pages.ts";
