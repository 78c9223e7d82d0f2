import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Clause, findGaps, readClauses, readTestFiles } from "./clauses.ts";

const LIST = fileURLToPath(new URL("../conformance/clauses.md", import.meta.url));
const clauses = readClauses(readFileSync(LIST, "utf8"));

test("every clause of the platform page has a test that cites it", () => {
  expect(findGaps(clauses, readTestFiles).filter(({ clause }) => clause.page === "platform")).toEqual([]);
});

test("no row names a test that is not there, or that does not cite its section", () => {
  expect(findGaps(clauses, readTestFiles).filter(({ reason }) => !reason.startsWith("later:"))).toEqual([]);
});

test("what is later, missing, uncited or without a row is a gap", () => {
  const rows: Clause[] = [
    { page: "qql", section: "1", text: "1 a", cell: "`qql/x.test.ts`" },
    { page: "qql", section: "1", text: "1 b", cell: "`qql/y.test.ts`" },
    { page: "qql", section: "1", text: "1 c", cell: "`qql/none.test.ts`" },
    { page: "qql", section: "1", text: "1 d", cell: "later: Tomorrow" },
    { page: "qql", section: "1", text: "1 e", cell: "not over HTTP; `packages/x`" },
  ];
  const texts: Record<string, string[]> = {
    "qql/x.test.ts": ['test("qql 1 [D]: holds", …)'],
    "qql/y.test.ts": ['test("qql 2 [D]: holds", …)'],
    "packages/x": ["test()"],
  };
  const gaps = findGaps(rows, (path) => texts[path] ?? []).filter(({ clause }) => clause.page === "qql");
  expect(gaps.map(({ clause, reason }) => [clause.text, reason.split(" ", 2).join(" ")])).toEqual([
    ["1 b", "no test"],
    ["1 c", "no test"],
    ["1 d", "later: Tomorrow"],
    ["2", "no row"],
  ]);
});
