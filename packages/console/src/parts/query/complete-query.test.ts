import { assetTable, findingTable, otHostTable, parseQuery, tokenTables } from "@breakwater/domain/query/index";
import { expect, test } from "vitest";
import { completeQuery } from "./complete-query.ts";

/** Labels at the place that `|` marks. */
function labelsAt(marked: string, table = findingTable): string[] {
  const place = marked.indexOf("|");
  return completeQuery(marked.replace("|", ""), place, table)?.choices.map(({ label }) => label) ?? [];
}

test("at the beginning, after a joiner and after a parenthesis: tokens, groups and NOT", () => {
  for (const marked of ["|", "fin|", "finding.qds>1 AND |", "finding.qds>1 or not |", "(|"]) {
    expect(labelsAt(marked)).toContain("finding.severity");
    expect(labelsAt(marked)).toContain("finding:( … )");
    expect(labelsAt(marked)).toContain("NOT");
  }
});

test("after a condition: AND and OR", () => {
  for (const marked of ["finding.qds>1 |", "finding.title:`a b` |", "(finding.qds>1) |", "finding.qds>1 a|"]) {
    expect(labelsAt(marked)).toEqual(["AND", "OR"]);
  }
});

test("after a token's operator: its known values, words and those of its type", () => {
  expect(labelsAt("finding.status:|")).toEqual(["NEW", "ACTIVE", "REOPENED", "FIXED", "PROTECTED", "RETEST"]);
  expect(labelsAt("finding.status:[NEW, |")).toContain("ACTIVE");
  expect(labelsAt("FINDING.STATUS != A|")).toContain("ACTIVE");
  expect(labelsAt("finding.severity>=|")).toContain("critical");
  expect(labelsAt("finding.isMitigated:|")).toEqual(["true", "false"]);
  expect(labelsAt("finding.qds>=|")).toEqual(["90"]);
});

test("inside of a group: the names of its parts, and their values", () => {
  expect(labelsAt("interfaces:(|", otHostTable)).toEqual([
    "address",
    "macAddress",
    "protocol",
    "port",
    "transport.protocol",
    "NOT",
  ]);
  expect(labelsAt("finding:(status:|")).toContain("REOPENED");
  expect(labelsAt("software:(name:a) AND |", assetTable)).toContain("asset.name");
});

test("nothing within quotes, nor after a name that is no token", () => {
  expect(labelsAt('finding.title:"a |')).toEqual([]);
  expect(labelsAt("finding.title:`it\\` |")).toEqual([]);
  expect(labelsAt("nothing:|")).toEqual([]);
});

test("every token and each of its values, as completed, is a query that the checker takes", () => {
  let tried = 0;
  for (const table of tokenTables) {
    for (const { text } of completeQuery("", 0, table)?.choices.filter(({ kind }) => kind === "token") ?? []) {
      const begun = text as string;
      const values = completeQuery(begun, begun.length, table)?.choices ?? [];
      for (const value of values) {
        tried += 1;
        const query = begun + (value.text ?? value.label);
        expect([query, parseQuery(query, table, new Date(0))]).toEqual([query, expect.objectContaining({ ok: true })]);
      }
    }
  }
  expect(tried).toBeGreaterThan(200);
});
