import { describe, expect, test } from "vitest";
import { readFindings, type TestFinding } from "./scan-world.fixture.ts";
import { DAY, T, useScanWorld } from "./use-scan-world.fixture.ts";

const fresh = useScanWorld();

const OPEN: TestFinding = { checkId: "x" };
const FIXED: TestFinding = { checkId: "x", state: "fixed" };

/** Status, and the days of the last sight and of the fixing, after one run a day. */
async function after(...runs: TestFinding[][]) {
  const own = await fresh();
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
