import fc from "fast-check";
import { expect, test } from "vitest";
import { type Heard, type Hearing, hearField } from "./described-by.ts";

type Source = { rank: number; isShared: boolean };
type Word = { source: number; at: number; value: string };

const NOTHING: Heard<string> = { value: "", sayers: {} };

/** As an asset is told by one report after another. The look at which a shared source said something is noted nowhere else. */
function hearAll(sources: readonly Source[], words: readonly Word[]): string {
  const standings = new Map(sources.map(({ rank }, index) => [String(index), { rank, name: `k${index}` }]));
  const seenAt: Record<string, number> = {};
  return words.reduce((known, { source, at, value }) => {
    const connection = String(source);
    const heard = hearField(known, value, { connection, at, seenAt, unknownAt: 0, standings });
    seenAt[connection] = sources[source]!.isShared ? 0 : Math.max(seenAt[connection] ?? 0, at);
    return heard;
  }, NOTHING).value;
}

/** Of each source's newest word that of the lowest rank, the newest, the first source. */
function expectedWord(sources: readonly Source[], words: readonly Word[]): string {
  const newest = sources.flatMap((_, index) => {
    const own = words.filter(({ source }) => source === index).sort((a, b) => b.at - a.at);
    return own.slice(0, 1);
  });
  const rankOf = ({ source }: Word) => sources[source]!.rank;
  return newest.sort((a, b) => rankOf(a) - rankOf(b) || b.at - a.at || a.source - b.source)[0]!.value;
}

const source = fc.record({ rank: fc.constantFrom(10, 50), isShared: fc.boolean() });
const word = fc.record({
  source: fc.nat(2),
  at: fc.integer({ min: 1, max: 9 }),
  value: fc.constantFrom("a", "b", "c"),
});
const inSomeOrder = fc
  .uniqueArray(word, { selector: ({ source: index, at }) => `${index} ${at}`, minLength: 1, maxLength: 9 })
  .chain((words) => fc.shuffledSubarray(words, { minLength: words.length, maxLength: words.length }));

test("whose word stands follows from what each source said last, in whichever order reports come", () => {
  const three = fc.array(source, { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(three, inSomeOrder, (sources, words) => {
      expect(hearAll(sources, words)).toBe(expectedWord(sources, words));
    }),
    { numRuns: 2000 },
  );
});

test("a word that is said again is noted only where the source's own time does not tell of it", () => {
  const known: Heard<string> = { value: "a", sayers: { 1: 10 } };
  const hearing: Hearing = { connection: "1", at: 30, seenAt: { 1: 20 }, unknownAt: 0, standings: new Map() };
  expect(hearField(known, "a", hearing)).toBe(known);
  expect(hearField(known, "a", { ...hearing, seenAt: { 1: 0 } })).toEqual({ value: "a", sayers: { 1: 30 } });
  expect(hearField(known, "a", { ...hearing, seenAt: { 1: 0 }, at: 10 })).toBe(known);
});
