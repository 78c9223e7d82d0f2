import { isSortable, parseSort, tokenTables } from "@breakwater/domain/query/index";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSearch, readListSearch, stringifySearch, toSortParameter } from "./list-search.ts";

const text = fc.option(fc.string({ minLength: 1, unit: "grapheme" }), { nil: undefined });

test("whatever a list shows, its address holds, and gives back", () => {
  const shown = fc.record({ q: text, assets: text, sort: text, after: text, page: fc.integer({ min: 2, max: 1e6 }) });
  fc.assert(
    fc.property(shown, (search) => {
      const given = Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
      expect(readListSearch(parseSearch(stringifySearch(given)))).toEqual(given);
    }),
  );
});

test("what is no part of a list is dropped from its address, and a cursor that belongs to no page", () => {
  expect(readListSearch(parseSearch("?q=a:1&x=2&page=-1&after=abc"))).toEqual({ q: "a:1" });
  expect(readListSearch({ q: 5, page: "1.5" })).toEqual({ q: "5" });
  expect(stringifySearch({ q: "", page: undefined })).toBe("");
});

test("the order in an address becomes one that the server reads", () => {
  for (const table of tokenTables) {
    const [one, other] = table.tokens.filter((token) => isSortable(table, token));
    if (one === undefined || other === undefined) throw new Error(`${table.id} has nothing to sort by`);
    const parsed = parseSort(toSortParameter(`${one.name}:desc,${other.name}`), table);
    expect(parsed).toMatchObject({ keys: [{ direction: "desc" }, { direction: "asc" }] });
  }
});
