import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Database } from "../../db/pool.ts";
import { advisory, importAdvisories, matchAll, told } from "../advisories/matching.fixture.ts";
import { createSubscription, identity, importCapture } from "../ot/capture-run.fixture.ts";
import { importProject, readFixture } from "./project-run.fixture.ts";

let testDatabase: TestDatabase;
let db: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  db = testDatabase.open();
});
afterAll(async () => testDatabase.drop());

async function findings(plant: number): Promise<string[]> {
  const { rows } = await sql<{ name: string; status: string }>`
    SELECT a.name, f.status FROM finding f
    JOIN asset a ON a.subscription_id = f.subscription_id AND a.id = f.asset_id
    WHERE f.subscription_id = ${plant} ORDER BY a.name`.execute(db.read);
  return rows.map(({ name, status }) => `${name} ${status}`);
}

it("a module with an address is matched as the host that it is, and not in its chassis as well", async () => {
  const plant = await createSubscription(db);
  await importProject(db, plant, readFixture("l5x/line/input.L5X"));
  const about = { vendor: "Rockwell Automation", name: "1756-EN2T", versions: "vers:all/<12.001" };
  await importAdvisories(db, plant, told(advisory("ADV-1", "CVE-2025-0001", [about])));
  await matchAll(db, plant);
  expect(await findings(plant)).toEqual(["Uplink NEW"]);
  const seen = { manufacturer: "Rockwell Automation", catalogNumber: "1756-EN2T/D", firmwareVersion: "12.1" };
  await importCapture(db, plant, [identity({ ip: "192.168.40.11" }, seen, Date.UTC(2026, 0, 1))]);
  await matchAll(db, plant, Date.UTC(2026, 0, 3));
  expect(await findings(plant)).toEqual(["Uplink FIXED"]);
});
