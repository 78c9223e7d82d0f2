import { parseQuery, type QueryError, type TokenTable } from "@breakwater/domain/query/index";

/** What the server would refuse the text for; undefined: nothing. */
export function checkText(text: string, table: TokenTable): QueryError | undefined {
  const parsed = parseQuery(text, table, new Date());
  return parsed.ok ? undefined : parsed.error;
}

/** The part of the text that an error is about: never empty, so that it can be underlined. */
export function spanOf(text: string, { offset }: QueryError): { from: number; to: number } {
  const word = /^[^\s()[\]:<>=!,]+/.exec(text.slice(offset))?.[0] ?? "";
  const to = Math.min(text.length, offset + Math.max(word.length, 1));
  return { from: Math.min(offset, Math.max(to - 1, 0)), to };
}

/** The text with the nearest token in the place of the unknown one; undefined when nothing is near. */
export function withSuggestion(text: string, error: QueryError): string | undefined {
  if (error.suggestion === null) return undefined;
  const { from, to } = spanOf(text, error);
  return text.slice(0, from) + error.suggestion + text.slice(to);
}
