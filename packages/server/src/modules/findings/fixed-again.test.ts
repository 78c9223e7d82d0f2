import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  addSubscription,
  inSubscription,
  openScanWorld,
  readFindings,
  type ScanWorld,
  type TestFinding,
} from "./scan-world.fixture.ts";

let world: ScanWorld;
beforeAll(async () => {
  world = await openScanWorld();
});
afterAll(() => world.close());

const DAY = 86_400_000;
const T = Date.UTC(2025, 0, 1);
const OPEN: TestFinding = { checkId: "x" };
const FIXED: TestFinding = { checkId: "x", state: "fixed" };

/** Status, and the days of the last sight and of the fixing, after one run a day. */
async function after(...runs: TestFinding[][]) {
  const own = await inSubscription(world, await addSubscription(world.db));
  for (const [day, findings] of runs.entries()) {
    const asset = { name: "h1", ipAddresses: ["10.0.0.1"] };
    await own.importScan({ connection: "A", at: T + day * DAY, assets: [{ asset, findings }] });
  }
  const inDays = (at: number | null) => (at === null ? null : (at - T) / DAY);
  const found = await readFindings(own.db, own.subscriptionId);
  return found.map(({ status, lastFound, lastFixed }) => [status, inDays(lastFound), inDays(lastFixed)]);
}

describe("a record that says that a finding is fixed", () => {
  test("is no sight of it, however often it comes", async () => {
    expect(await after([OPEN], [FIXED])).toEqual([["FIXED", 0, 1]]);
    expect(await after([OPEN], [FIXED], [FIXED], [FIXED])).toEqual([["FIXED", 0, 1]]);
  });

  test("of one that was never seen keeps the time of its first word", async () => {
    expect(await after([FIXED])).toEqual([["FIXED", 0, 0]]);
    expect(await after([FIXED], [FIXED], [FIXED])).toEqual([["FIXED", 0, 0]]);
  });
});
