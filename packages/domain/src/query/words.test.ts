import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldCase, joinWords, splitWords, wordSearchForPostgres } from "./index.ts";
import { matchesParts } from "./wildcard.ts";

describe("splitWords", () => {
  it.each([
    ["Remote code-execution; (PLC) [x], y", ["remote", "code", "execution", "plc", "x", "y"]],
    ["see Host.Corp.com. Then stop.", ["see", "host.corp.com", "then", "stop"]],
    ["10,125 users, 3.2.7 or 1,2", ["10,125", "users", "3.2.7", "or", "1,2"]],
    ["a,b 1,a", ["a", "b", "1", "a"]],
    ["id 550E8400-e29b-41d4-a716-446655440000.", ["id", "550e8400-e29b-41d4-a716-446655440000"]],
    ["550e8400-e29b-41d4-a716-4466554400001", ["550e8400", "e29b", "41d4", "a716", "4466554400001"]],
    ["Cisa_Known_Exploited_Vulns", ["cisa_known_exploited_vulns"]],
    ["Größe naïve 日本語。次", ["größe", "naïve", "日本語", "次"]],
    ["... -- ,", []],
    ["", []],
  ])("cuts %j", (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it("finds the same words again in its own joined form", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(splitWords(joinWords(text))).toEqual(splitWords(text));
      }),
    );
  });
});

describe("wordSearchForPostgres", () => {
  it("finds in the text what stands in its joined words", () => {
    const dense = fc.string({ unit: fc.constantFrom(..."ab19.,- "), maxLength: 14 });
    fc.assert(
      fc.property(dense, dense, fc.boolean(), (text, searched, isPrefix) => {
        const words = splitWords(searched).slice(0, isPrefix ? 1 : 3);
        if (words.length === 0) return;
        const pattern = new RegExp(wordSearchForPostgres(words, isPrefix), "u");
        const isThere = joinWords(text).includes(` ${words.join(" ")}${isPrefix ? "" : " "}`);
        expect(pattern.test(foldCase(text))).toBe(isThere);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("foldCase", () => {
  it("changes character by character", () => {
    expect(foldCase("ΟΔΟΣ İ ẞ")).toBe("οδοσ i ß");
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => [...foldCase(text)].length === [...text].length));
  });
});

describe("matchesParts", () => {
  it("agrees with the regular expression of the pattern", () => {
    const pattern = fc.array(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 2 }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 }), pattern, (text, parts) => {
        expect(matchesParts(text, parts)).toBe(new RegExp(`^${parts.join(".*")}$`).test(text));
      }),
      { numRuns: 1000 },
    );
  });
});
