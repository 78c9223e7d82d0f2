export type * from "./ast.ts";
export type { FieldValue, IsKnownField, QueryRecord } from "./evaluate.ts";
export { evaluateQuery } from "./evaluate.ts";
export { findNearest } from "./nearest.ts";
export type { ParsedQuery } from "./parse-query.ts";
export { parseQuery } from "./parse-query.ts";
export { qqlParser } from "./qql-parser.gen.ts";
export type { AddressRange, Condition, NumberRange, Query, Test, TimeRange } from "./query.ts";
export type { QueryError, QueryErrorCode } from "./query-error.ts";
export { queryLimits } from "./query-error.ts";
export type { ParsedSort, SortDirection, SortKey } from "./sort.ts";
export { parseSort } from "./sort.ts";
export { renderTokenReference, tokenTables } from "./token-reference.ts";
export type { ForeignTokens, Token, TokenGroup, TokenTable, TokenType } from "./token-table.ts";
export { childNames, findGroup, findPrefix, findToken, isSortable, parentNames } from "./token-table.ts";
export { assetTable } from "./tokens/assets.ts";
export { entityTable } from "./tokens/entities.ts";
export { findingTable } from "./tokens/findings.ts";
export { otAdvisoryTable } from "./tokens/ot-advisories.ts";
export { otConversationTable } from "./tokens/ot-conversations.ts";
export { otDetectionTable } from "./tokens/ot-detections.ts";
export { otEventTable } from "./tokens/ot-events.ts";
export { otHostTable } from "./tokens/ot-hosts.ts";
export { projectFileTable } from "./tokens/project-files.ts";
export {
  foldCase,
  joinWords,
  splitWords,
  uuidPatternForPostgres,
  wordPatternForPostgres,
  wordSearchForPostgres,
} from "./words.ts";
