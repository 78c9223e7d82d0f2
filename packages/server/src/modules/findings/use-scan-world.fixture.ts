import { afterAll, beforeAll, expect } from "vitest";
import { findWrongTotals } from "../../db/kept-total.fixture.ts";
import { addSubscription, inSubscription, openScanWorld, type ScanWorld, type TestScan } from "./scan-world.fixture.ts";

export const DAY = 86_400_000;
/** When most tests begin. */
export const T = Date.UTC(2025, 0, 1);

/**
 * A database for the tests of the file.
 *
 * @returns makes a subscription for a test: nothing of one is seen by another
 */
export function useScanWorld(): () => Promise<ScanWorld> {
  let world: ScanWorld;
  beforeAll(async () => {
    world = await openScanWorld();
  });
  afterAll(async () => {
    expect(await findWrongTotals(world.db.read)).toEqual([]);
    await world.close();
  });
  return async () => inSubscription(world, await addSubscription(world.db));
}

export const host = (name: string, ip: string) => ({ name, ipAddresses: [ip] });

/** A run of connection A over one host that shows the checks. */
export const scan = (at: number, checkIds: string[], more: Partial<TestScan> = {}): TestScan => ({
  connection: "A",
  at,
  assets: [{ asset: host("h1", "10.0.0.1"), findings: checkIds.map((checkId) => ({ checkId })) }],
  ...more,
});
