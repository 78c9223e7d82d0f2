import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { evaluateExpression } from "./evaluate-expression.ts";
import { compareVersions, orderVersions, parseVersion, readVersion, type Version } from "./version.ts";
import { parseVersionExpression } from "./version-expression.ts";
import { versionExpressions } from "./version-expressions.fixture.ts";

const verdictOf = (expression: string, version: string | null) =>
  evaluateExpression(parseVersionExpression(expression), version === null ? null : parseVersion(version));

describe("expressions of real advisories", () => {
  it("are at least 300 different ones, the undecidable among them", () => {
    expect(new Set(versionExpressions.map(([expression]) => expression)).size).toBeGreaterThanOrEqual(300);
    expect(new Set(versionExpressions.map(([, , verdict]) => verdict))).toEqual(
      new Set(["inside", "outside", "undecidable"]),
    );
  });
  it.each(versionExpressions)("%j on %j is %s", (expression, version, verdict) => {
    expect(verdictOf(expression, version)).toBe(verdict);
  });
});

/** A version as it is written, and what it is made of. */
const written = fc
  .record({
    numbers: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 5 }),
    servicePack: fc.integer({ min: 0, max: 3 }),
    update: fc.integer({ min: 0, max: 3 }),
    hotfix: fc.integer({ min: 0, max: 3 }),
    isPrefixed: fc.boolean(),
  })
  .map((made) => ({
    ...made,
    text: [
      (made.isPrefixed ? "V" : "") + made.numbers.join("."),
      made.servicePack > 0 ? `SP${made.servicePack}` : "",
      made.update > 0 ? `Update ${made.update}` : "",
      made.hotfix > 0 ? `HF${made.hotfix}` : "",
    ]
      .filter(Boolean)
      .join(" "),
  }));
type Written = typeof written extends fc.Arbitrary<infer T> ? T : never;

/** By the rule as the contract words it, part after part. */
function compareByHand(a: Written, b: Written): number {
  const flat = (one: Written) => [
    ...Array.from({ length: 5 }, (_, at) => one.numbers[at] ?? 0),
    one.servicePack,
    one.update,
    one.hotfix,
  ];
  const [left, right] = [flat(a), flat(b)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? 0 : Math.sign(left[at]! - right[at]!);
}

const version = (one: Written): Version => parseVersion(one.text)!;

test("versions are ordered numerically by part, then by service pack, update and hotfix", () => {
  fc.assert(fc.property(written, written, (a, b) => orderVersions(version(a), version(b)) === compareByHand(a, b)));
  expect(orderVersions(parseVersion("3.2.7")!, parseVersion("3.2.16")!)).toBe(-1);
});

test("the order is total and transitive", () => {
  fc.assert(
    fc.property(written, written, written, (a, b, c) => {
      const [x, y, z] = [version(a), version(b), version(c)];
      expect(orderVersions(x, y)).toBe(-orderVersions(y, x) || 0);
      expect(orderVersions(x, x)).toBe(0);
      if (orderVersions(x, y) <= 0 && orderVersions(y, z) <= 0) expect(orderVersions(x, z)).toBeLessThanOrEqual(0);
    }),
  );
});

test("comparing with a named version says what the order says, but for bare major numbers and mixed notations", () => {
  fc.assert(
    fc.property(written, written, (a, b) => {
      const comparison = compareVersions(version(a), version(b));
      const hasSuffix = [a, b].map((one) => one.servicePack + one.update + one.hotfix > 0);
      if (comparison === "finer") expect(b.numbers).toHaveLength(1);
      else if (comparison === "open") {
        expect(hasSuffix[0]).not.toBe(hasSuffix[1]);
        expect(a.numbers.length).not.toBe(b.numbers.length);
      } else expect(comparison).toBe(["less", "equal", "greater"][orderVersions(version(a), version(b)) + 1]);
    }),
  );
});

test("a range says of each version what its two bounds say", () => {
  const dotted = written.filter(({ numbers }) => numbers.length > 1);
  fc.assert(
    fc.property(dotted, dotted, dotted, (low, high, installed) => {
      const [from, to] = compareByHand(low, high) <= 0 ? [low, high] : [high, low];
      // `4.7 SP1` and 4.7.13 are not compared.
      fc.pre(new Set([low, high, installed].map((one) => one.servicePack + one.update + one.hotfix > 0)).size === 1);
      const isInside = compareByHand(from, installed) <= 0 && compareByHand(installed, to) < 0;
      for (const text of [`>= ${from.text} | < ${to.text}`, `vers:all/>=${from.text}<${to.text}`]) {
        expect(verdictOf(text, installed.text)).toBe(isInside ? "inside" : "outside");
      }
    }),
  );
});

test("any text is read, or undecidable, and never thrown at", () => {
  const piece = fc.constantFrom(
    ..."<>=|,()*xXvV. _-0123456789".split(""),
    ..."vers:all/ All versions|SP|Update |HF|and |or |prior|between |with |only |R2|build |\u00a0|99999999999999999999".split(
      "|",
    ),
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")),
  );
  fc.assert(
    fc.property(text, fc.option(text), (expression, installed) => {
      expect(["inside", "outside", "undecidable"]).toContain(verdictOf(expression, installed));
    }),
    { numRuns: 5_000 },
  );
});

test("hostile lengths are read in no time and change nothing", () => {
  for (const text of [
    "1.".repeat(50_000),
    "<".repeat(50_000),
    "( ".repeat(50_000),
    "V1 | ".repeat(400),
    "and ".repeat(500),
  ]) {
    expect(["inside", "outside", "undecidable"]).toContain(verdictOf(text, "1.0"));
    expect(readVersion(text)?.version.parts.length ?? 0).toBeLessThanOrEqual(16);
  }
});
