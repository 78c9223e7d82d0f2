import type { AssetRecord, FindingRecord } from "@breakwater/formats/records";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CheckCatalogue } from "./check-catalogue.ts";
import { AssetObservation } from "./observation.ts";
import { packObservation } from "./packed-scan.ts";
import { testCheck } from "./scan-world.fixture.ts";

const asset: AssetRecord = {
  ref: "a",
  name: "a",
  ipAddresses: [],
  macAddresses: [],
  hostNames: [],
  operatingSystem: null,
  identifiers: [],
  scannedAt: null,
};
const record: fc.Arbitrary<FindingRecord> = fc.record({
  assetRef: fc.constant("a"),
  checkId: fc.constantFrom("1", "2", "3"),
  port: fc.constantFrom(null, 443),
  protocol: fc.constant(null),
  instance: fc.constantFrom(null, "x"),
  evidence: fc.constantFrom("", "one", "two\n"),
  severity: fc.constantFrom(1 as const, 2 as const, 5 as const),
  where: fc.constant("line 1"),
});

test("the digest of an asset is the same for the same records in any order, and another as soon as one tells more", () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1 }), record, (records, other) => {
      const digest = digestOf(records);
      expect(digestOf([...records, ...records].reverse())).toBe(digest);
      expect(digestOf([...records, { ...other, evidence: "something new" }])).not.toBe(digest);
      expect(digestOf([...records, { ...other, instance: "elsewhere" }])).not.toBe(digest);
      expect(digestOf(records.map((one) => ({ ...one, severity: 4 as const })))).not.toBe(digest);
      const told = digestOf([...records, { ...other, isIgnored: true }]);
      expect(told).not.toBe(digestOf([...records, other]));
      expect(digestOf([{ ...other, isIgnored: true }, ...records])).toBe(told);
    }),
  );
});

test("fingerprints are remembered up to a number of all checks together", () => {
  const catalogue = new CheckCatalogue("Scanner");
  const cveIds = Array.from({ length: 2_000 }, (_, index) => `CVE-2024-${10_000 + index}`);
  const ids = ["1", "2", "3", "4"];
  for (const id of ids) catalogue.learn(testCheck(id, { cveIds }));
  const checks = ids.map((id) => catalogue.find(id)!);
  const of = (port: number) => checks.map((check) => catalogue.fingerprints(check, port, null, null));
  const first = of(0);
  for (let port = 1; port < 30; port++) of(port);
  const remembered = checks.flatMap(({ fingerprints }) => [...fingerprints.values()].flat()).length;
  expect(remembered).toBeGreaterThan(0);
  expect(remembered).toBeLessThanOrEqual(202_000);
  expect(of(0)).toEqual(first);
});

function digestOf(records: readonly FindingRecord[]): string {
  const catalogue = new CheckCatalogue("Scanner");
  // Two checks of one CVE make one finding.
  catalogue.learn(testCheck("1", { cveIds: ["CVE-2024-1"] }));
  catalogue.learn(testCheck("2", { cveIds: ["CVE-2024-1"] }));
  catalogue.learn(testCheck("3"));
  const observation = new AssetObservation(asset, 0);
  for (const one of records) observation.add(one, catalogue.find(one.checkId)!, catalogue);
  return packObservation(observation).digest;
}
