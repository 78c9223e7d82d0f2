import type { AssetRecord, FindingRecord } from "@breakwater/formats/records";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CheckDictionary } from "./check-dictionary.ts";
import { observeFinding } from "./life-cycle.ts";
import { NewRows } from "./new-rows.ts";
import { AssetObservation, type ObservedFinding } from "./observation.ts";
import type { OwnTimes } from "./own-times.ts";
import { packObservation, unpackObservation, unpackOthers } from "./packed-scan.ts";
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
const text = fc.oneof(fc.constantFrom("", "one", "\0\ud800ü"), fc.string({ unit: "binary", maxLength: 200 }));
const record: fc.Arbitrary<FindingRecord> = fc.record(
  {
    assetRef: fc.constant("a"),
    checkId: fc.constantFrom("1", "2", "3"),
    port: fc.constantFrom(null, 22, 80, 443, 8080, 65_535),
    protocol: fc.constantFrom(null, "tcp"),
    instance: fc.option(text),
    evidence: text,
    where: fc.constant("line 1"),
    severity: fc.constantFrom(1 as const, 5 as const),
    state: fc.constantFrom("fixed" as const, "mitigated" as const),
  },
  { requiredKeys: ["assetRef", "checkId", "port", "protocol", "instance", "evidence", "where"] },
);
const times = { first: 1, last: 2, fixed: null };
const remarks = fc.constantFrom({}, {}, {}, { productVersion: "\0ü" });
const sighting: fc.Arbitrary<[FindingRecord, OwnTimes | undefined]> = fc
  .tuple(record, fc.constantFrom(undefined, undefined, undefined, times), remarks)
  .map(([one, own, told]) => [{ ...one, ...told }, own]);
const OWNER = { subscriptionId: 3, assetId: 2 ** 40 + 5 };
const CONNECTION = 7;
const AT = Date.UTC(2026, 1, 3, 4, 5, 6, 789);
const UNKNOWN = { completeAt: null, looks: [] };

test("what is packed is unpacked the same, whatever was seen", () => {
  const property = fc.property(fc.array(sighting), (records) => {
    const dictionary = newDictionary();
    const observation = observe(dictionary, records);
    const expected = new Map([...observation.findings].map(([key, one]) => [key, structuredClone(plainly(one))]));
    const { findings } = unpackObservation(structuredClone(packObservation(observation)), dictionary);
    expect(new Map([...findings].map(([key, one]) => [key, plainly(one)]))).toEqual(expected);
  });
  fc.assert(property);
});

test("a new asset's plain findings are copied as the rows that the life cycle would have made of them", () => {
  let copiedRows = 0;
  const property = fc.property(fc.array(sighting, { minLength: 5 }), (records) => {
    const dictionary = newDictionary();
    const packed = packObservation(observe(dictionary, records));
    const copied = new NewRows();
    const made = new NewRows();
    const kinds = packed.plain.kinds.map(([vendorId]) => ({ checkId: dictionary.find(vendorId)!.id, qds: 44 }));
    copied.addPlain({ ...OWNER, connectionId: CONNECTION, at: AT }, kinds, packed);
    copiedRows += packed.to - packed.from;
    const others = unpackOthers(packed, dictionary).findings;
    for (const finding of unpackObservation(packed, dictionary).findings.values()) {
      if (others.has(finding.fingerprint)) continue;
      const checks = finding.checks.map(({ check, evidence: [evidence = ""], ...told }) => {
        return { ...told, checkId: check.id, vendorId: check.vendorId, evidence, isAliased: check.issue !== null };
      });
      const { next } = observeFinding(undefined, { connectionId: CONNECTION, at: AT, checks }, UNKNOWN);
      made.addFinding(OWNER, next, finding, 44);
      for (const one of next.attributions) made.addAttribution(OWNER, finding.fingerprint, one);
    }
    expect(copied.written()).toEqual(made.written());
  });
  fc.assert(property);
  expect(copiedRows).toBeGreaterThan(100);
});

function observe(
  dictionary: CheckDictionary,
  records: readonly [FindingRecord, OwnTimes | undefined][],
): AssetObservation {
  const observation = new AssetObservation(asset, AT);
  for (const [one, times] of records) observation.add(one, dictionary.find(one.checkId)!, dictionary, times);
  return observation;
}

function plainly({ checks, ...finding }: ObservedFinding) {
  const words = checks.map(({ check, evidence, ...told }) => {
    return { ...told, evidence: [...evidence].sort(), vendorId: check.vendorId };
  });
  return { ...finding, checks: words.sort((a, b) => (a.vendorId < b.vendorId ? -1 : 1)) };
}

function newDictionary(): CheckDictionary {
  const dictionary = new CheckDictionary("Scanner");
  // Two checks of one CVE make one finding.
  dictionary.learn(testCheck("1", { cveIds: ["CVE-2024-1", "CVE-2024-2"] }));
  dictionary.learn(testCheck("2", { cveIds: ["CVE-2024-1"] }));
  dictionary.learn(testCheck("3"));
  for (const id of ["1", "2", "3"]) dictionary.find(id)!.id = 2 ** 33 + Number(id);
  return dictionary;
}
