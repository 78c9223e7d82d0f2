import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  assetRisk,
  bestCvss,
  type CvssInput,
  detectionScore,
  explainAssetRisk,
  QDS_BANDS,
  qdsBand,
  vulnerabilityScore,
} from "./index.ts";

const cvss = (version: CvssInput["version"], score: number | null): CvssInput => ({ version, score });

describe("asset risk", () => {
  test("the documented examples give 1000 and 517", () => {
    const band = (count: number, average: number) => ({ count, average });
    const first = { critical: band(2, 95), high: band(10, 84), medium: band(40, 65), low: band(30, 31) };
    expect(assetRisk({ criticality: 5, isInternetFacing: true, bands: first })).toBe(1000);
    const second = { critical: band(3, 95), medium: band(50, 65), low: band(20, 30) };
    expect(assetRisk({ criticality: 4, isInternetFacing: false, bands: second })).toBe(517);
  });

  test("an asset without open findings has none, and weights are settings", () => {
    expect(assetRisk({ criticality: 5, isInternetFacing: true, bands: {} })).toBe(0);
    const input = { criticality: 2, isInternetFacing: false, bands: { low: { count: 1, average: 10 } } };
    expect(assetRisk(input)).toBe(4);
    expect(assetRisk(input, { critical: 1, high: 1, medium: 1, low: 1 })).toBe(20);
  });
});

test("the steps to an asset's risk add up to it", () => {
  const band = (count: number, average: number) => ({ count, average });
  const example = { critical: band(3, 95), medium: band(50, 65), low: band(20, 30) };
  const steps = explainAssetRisk({ criticality: 4, isInternetFacing: false, bands: example });
  expect(steps.map(({ factor }) => factor)).toEqual(["critical", "medium", "low", "criticality", "rounding"]);
  const bands = fc.dictionary(
    fc.constantFrom(...QDS_BANDS),
    fc.record({ count: fc.nat(5000), average: fc.double({ min: 1, max: 100, noNaN: true }) }),
  );
  const input = fc.record({ criticality: fc.integer({ min: 1, max: 5 }), isInternetFacing: fc.boolean(), bands });
  fc.assert(
    fc.property(input, (given) => {
      const points = explainAssetRisk(given).map((step) => step.points);
      expect(points.reduce((sum, one) => sum + one, 0)).toBeCloseTo(assetRisk(given), 8);
      for (const one of points) expect(one).toBe(Number(one.toFixed(2)));
    }),
  );
});

describe("detection score", () => {
  test.each([
    [{ cvss: [cvss("3.1", 9.8)], severity: 5 }, 78],
    [{ cvss: [cvss("3.1", 9.8)], severity: 5, isExploitAvailable: true }, 90],
    [{ cvss: [cvss("3.1", 9.8)], severity: 5, isKnownExploited: true }, 98],
    [{ cvss: [cvss("3.1", 5)], severity: 3, ssvcExploitation: "active" as const }, 90],
    [{ cvss: [cvss("2.0", 5)], severity: 3 }, 40],
    [{ cvss: [], severity: 1 }, 4],
    [{ cvss: [cvss("3.1", 0)], severity: 1 }, 1],
    [{ cvss: [cvss("4.0", 10)], severity: 5, isKnownExploited: true, epss: 1 }, 100],
  ])("%j scores %i", (input, qds) => expect(detectionScore(input).qds).toBe(qds));

  test("takes the best CVSS version that has a score", () => {
    expect(bestCvss([cvss("2.0", 10), cvss("3.0", 9), cvss("3.1", 8), cvss("4.0", 7)])).toEqual({
      version: "4.0",
      score: 7,
    });
    expect(bestCvss([cvss("2.0", 10), cvss("3.0", 9), cvss("3.1", null), cvss("4.0", null)])).toEqual({
      version: "3.0",
      score: 9,
    });
    expect(bestCvss([])).toBeUndefined();
  });

  test.each([
    [[cvss("2.0", 5.1)], [cvss("3.1", 9.8)], "CVSS 3.1 score 9.8 of the CVE record", 78],
    [[cvss("3.0", 6)], [cvss("3.1", 5)], "CVSS 3.1 score 5 of the CVE record", 40],
    [[cvss("3.1", 6)], [cvss("3.1", 9.8), cvss("2.0", 10)], "CVSS 3.1 score 6", 48],
    [[cvss("4.0", 6)], [cvss("3.1", 9.8)], "CVSS 4.0 score 6", 48],
    [[cvss("4.0", null)], [cvss("2.0", 5)], "CVSS 2.0 score 5 of the CVE record", 40],
  ])("of source %j and record %j the best version counts: %s", (own, recordCvss, detail, qds) => {
    const score = detectionScore({ cvss: own, recordCvss, severity: 1 });
    expect([score.reasons[0]?.detail, score.qds]).toEqual([detail, qds]);
  });

  test("tells each step, the rounding too, so that the points add up", () => {
    const input = { cvss: [cvss("3.1", 10)], severity: 5, isKnownExploited: true, epss: 0.9445 };
    expect(detectionScore(input).reasons.map(({ factor, points }) => [factor, points])).toEqual([
      ["cvss", 80],
      ["kev", 20],
      ["epss", 14.58],
      ["rounding", 0.42],
      ["ceiling", -15],
    ]);
  });

  test("is 1 to 100, explained by its reasons, and never lowered by a sign of exploitation", () => {
    const input = fc.record({
      cvss: fc.array(
        fc.record({
          version: fc.constantFrom("2.0" as const, "3.0" as const, "3.1" as const, "4.0" as const),
          score: fc.option(fc.double({ min: 0, max: 10, noNaN: true })),
        }),
      ),
      severity: fc.integer({ min: 1, max: 5 }),
      isExploitAvailable: fc.option(fc.boolean()),
      epss: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      ssvcExploitation: fc.constantFrom(null, "none" as const, "poc" as const, "active" as const),
      isProtected: fc.boolean(),
      rules: fc.array(
        fc.record({
          name: fc.constant("r"),
          reason: fc.constant(""),
          effect: fc.record({
            kind: fc.constantFrom("FACTOR" as const, "POINTS" as const),
            value: fc.double({ min: 0.01, max: 10, noNaN: true }),
          }),
        }),
        { maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(input, (given) => {
        const { qds, reasons } = detectionScore(given);
        expect(qds).toBeGreaterThanOrEqual(1);
        expect(qds).toBeLessThanOrEqual(100);
        expect(reasons.reduce((sum, { points }) => sum + points, 0)).toBeCloseTo(qds, 8);
        for (const { points } of reasons) expect(points).toBe(Number(points.toFixed(2)));
        expect(detectionScore({ ...given, isExploitAvailable: true }).qds).toBeGreaterThanOrEqual(qds);
        expect(detectionScore({ ...given, isKnownExploited: true }).qds).toBeGreaterThanOrEqual(qds);
        const bare = { ...given, isProtected: false, rules: [], isKnownExploited: true };
        expect(detectionScore(bare).qds).toBeGreaterThanOrEqual(90);
      }),
    );
  });

  test("falls into the bands of the contract", () => {
    expect([100, 90, 89, 70, 69, 40, 39, 1].map(qdsBand)).toEqual([
      "critical",
      "critical",
      "high",
      "high",
      "medium",
      "medium",
      "low",
      "low",
    ]);
  });
});

describe("vulnerability score", () => {
  const nothing = { recordCvss: null, sourceCvss: null, epss: null, isKnownExploited: false, ssvcExploitation: null };

  test.each([
    [{}, null],
    [{ epss: 0.5 }, null],
    [{ sourceCvss: 9.8 }, 7.8],
    [{ recordCvss: 5, sourceCvss: 9.8 }, 4],
    [{ recordCvss: 9, isKnownExploited: true }, 9.2],
    [{ isKnownExploited: true }, 9],
    [{ recordCvss: 5, ssvcExploitation: "poc" as const }, 4.8],
    [{ recordCvss: 10, epss: 1, isKnownExploited: true }, 10],
    [{ recordCvss: 0 }, 0.1],
  ])("%j scores %d", (input, score) => expect(vulnerabilityScore({ ...nothing, ...input })).toBe(score));
});
