import fc from "fast-check";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { isSameRemarks, joinRemarks, type Remarks } from "./remarks.ts";
import { type ScanWorld, type TestFinding, type TestScan, testCheck } from "./scan-world.fixture.ts";
import { T, useScanWorld } from "./use-scan-world.fixture.ts";

const fresh = useScanWorld();

const scan = (day: number, findings: TestFinding[], more: Partial<TestScan> = {}): TestScan => ({
  connection: "A",
  at: T + day * 86_400_000,
  assets: [{ asset: { name: "h1", ipAddresses: ["10.0.0.1"] }, findings }],
  ...more,
});
const toldOf = async ({ db, subscriptionId }: ScanWorld) => {
  const { rows } = await sql<{ told: Remarks | null }>`
    SELECT s.told FROM finding_source s JOIN connection n ON n.id = s.connection_id JOIN check_definition c ON c.id = s.check_id
    WHERE s.subscription_id = ${subscriptionId} ORDER BY n.name, c.vendor_id, s.fingerprint`.execute(db.write);
  return rows.map(({ told }) => told);
};

const ALL = {
  typeDetected: "Potential",
  isDisabled: false,
  isIgnored: true,
  productVersion: "2.4.49\u0000é",
  customNumbers: [1.5, null, -0, 1e21, null],
} as const satisfies Partial<TestFinding>;
const STORED = { ...ALL, productVersion: "2.4.49\ufffdé", customNumbers: [1.5, null, 0, 1e21, null] };

describe("what sources tell beside the state", () => {
  test("is kept as they tell it, and null where they tell nothing", async () => {
    const own = await fresh();
    const findings = [{ checkId: "x", ...ALL }, { checkId: "y" }, { checkId: "z", isDisabled: false }];
    await own.importScan(scan(0, findings));
    expect(await toldOf(own)).toEqual([STORED, null, { isDisabled: false }]);
  });

  test("is nothing new when it is told again, by a file of the same or by one that has more", async () => {
    const own = await fresh();
    const x = { checkId: "x", ...ALL };
    await own.importScan(scan(0, [x, { checkId: "y" }]));
    expect(await own.importScan(scan(1, [x, { checkId: "y" }]))).toMatchObject({ findingsUpdated: 0 });
    const more = [x, { checkId: "y" }, { checkId: "z" }];
    expect(await own.importScan(scan(2, more))).toMatchObject({
      findingsUpdated: 0,
      findingsUnchanged: 2,
      findingsNew: 1,
    });
  });

  test.each([
    ["told anew", {}, { isIgnored: true }],
    ["told no more", { isIgnored: true }, {}],
    ["another word", { productVersion: "1" }, { productVersion: "2" }],
    ["another number", { customNumbers: [1, 2] }, { customNumbers: [1, 3] }],
  ])("is written when it is %s, and not by an older file", async (_, first, second) => {
    const own = await fresh();
    const orNull = (told: object) => (Object.keys(told).length > 0 ? told : null);
    await own.importScan(scan(5, [{ checkId: "x", ...first }]));
    expect(await own.importScan(scan(6, [{ checkId: "x", ...second }]))).toMatchObject({ findingsUpdated: 1 });
    expect(await toldOf(own)).toEqual([orNull(second)]);
    await own.importScan(scan(1, [{ checkId: "x", ...first }]));
    expect(await toldOf(own)).toEqual([orNull(second)]);
  });

  test("stays each source's own, also when their findings turn out to be one", async () => {
    const own = await fresh();
    const named = testCheck("x", { aliases: ["GHSA-AAAA-BBBB-CCCC"] });
    const cve = testCheck("y", { cveIds: ["CVE-2024-0001"], aliases: ["GHSA-AAAA-BBBB-CCCC"] });
    await own.importScan(scan(0, [{ checkId: "x", isDisabled: true }]), { checks: [named] });
    await own.importScan(scan(1, [{ checkId: "y", productVersion: "7" }], { connection: "B", product: "Other" }), {
      checks: [cve],
    });
    expect(await toldOf(own)).toEqual([{ isDisabled: true }, { productVersion: "7" }]);
    const { rows } = await sql`SELECT FROM finding WHERE subscription_id = ${own.subscriptionId}`.execute(own.db.write);
    expect(rows).toHaveLength(1);
  });
});

const remarks = fc.record(
  {
    typeDetected: fc.constantFrom("Confirmed" as const, "Potential" as const),
    isDisabled: fc.boolean(),
    isIgnored: fc.boolean(),
    productVersion: fc.constantFrom("1", "2"),
    customNumbers: fc.array(fc.option(fc.integer({ min: -2, max: 2 })), { minLength: 5, maxLength: 5 }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

describe("two records of one run that tell the same thing", () => {
  test("tell it in any order, and a single one as it is", async () => {
    fc.assert(
      fc.property(remarks, remarks, remarks, (a, b, c) => {
        expect(joinRemarks(a, b)).toEqual(joinRemarks(b, a));
        expect(joinRemarks(joinRemarks(a, b), c)).toEqual(joinRemarks(a, joinRemarks(b, c)));
        expect(isSameRemarks(joinRemarks(a, a) ?? null, a)).toBe(true);
        expect(joinRemarks(a, undefined)).toBe(a);
      }),
    );
    const own = await fresh();
    const records: TestFinding[] = [
      { checkId: "x", typeDetected: "Potential", isIgnored: false, customNumbers: [1, null, null, null, null] },
      { checkId: "x", typeDetected: "Confirmed", isIgnored: true, customNumbers: [2, 3, null, null, null] },
      { checkId: "x", evidence: "more" },
    ];
    for (const order of [records, records.toReversed()]) {
      await own.importScan(scan(0, order));
      expect(await toldOf(own)).toEqual([
        { typeDetected: "Confirmed", isIgnored: true, customNumbers: [2, 3, null, null, null] },
      ]);
    }
  });

  test("are the same whatever the order of their members, and other than none", () => {
    expect(isSameRemarks({ isDisabled: true, isIgnored: false }, { isIgnored: false, isDisabled: true })).toBe(true);
    expect(isSameRemarks({ isDisabled: false }, null)).toBe(false);
    expect(isSameRemarks({ customNumbers: [null, 1] }, { customNumbers: [1, null] })).toBe(false);
  });
});
