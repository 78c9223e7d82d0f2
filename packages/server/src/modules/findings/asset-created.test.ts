import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addSubscription, inSubscription, openScanWorld, type ScanWorld, testCheck } from "./scan-world.fixture.ts";

let world: ScanWorld;
beforeAll(async () => {
  world = await openScanWorld();
});
afterAll(() => world.close());

const DAY = 86_400_000;
const T = Date.UTC(2025, 0, 1);

const ORDERS = [
  [1, 2, 3],
  [3, 1, 2],
  [2, 3, 1],
  [3, 2, 1],
];

test.each(ORDERS)("an asset is as old as the first look of any source: reports of days %i, %i, %i", async (...days) => {
  const own = inSubscription(world, await addSubscription(world.db));
  for (const day of days) {
    await own.importScan(
      {
        connection: day === 2 ? "B" : "A",
        at: T + day * DAY,
        assets: [{ asset: { name: "h1", ipAddresses: ["10.0.0.1"] }, findings: [{ checkId: "p" }] }],
      },
      { checks: [testCheck("p")] },
    );
  }
  const { rows } = await sql<{ createdAt: Date }>`
    SELECT created_at AS "createdAt" FROM asset WHERE subscription_id = ${own.subscriptionId}`.execute(own.db.read);
  expect(rows).toEqual([{ createdAt: new Date(T + DAY) }]);
});
