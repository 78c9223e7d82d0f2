import { AndWord, IsWord, NotWord, NullWord, OrWord } from "./qql-terms.gen.ts";

const terms = new Map([
  ["and", AndWord],
  ["or", OrWord],
  ["not", NotWord],
  ["is", IsWord],
  ["null", NullWord],
]);

/** Tells the generated parser which names are keywords, in any case. -1: none. */
export function specializeKeyword(name: string, _stack?: unknown): number {
  return name.length > 4 ? -1 : (terms.get(name.toLowerCase()) ?? -1);
}
