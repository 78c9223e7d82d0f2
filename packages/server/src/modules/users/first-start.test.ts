import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigError } from "../../config/config.ts";
import type { Database } from "../../db/index.ts";
import { prepareInstallation } from "./index.ts";

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const good = { username: "boss", password: "a-long-password-1" };
const names = async () => (await sql<{ username: string }>`SELECT username FROM app_user`.execute(db.write)).rows;

// In this order: the refused ones first, on an empty database.
test.each([
  ["BREAKWATER_ADMIN_PASSWORD", { ...good, password: "a" }],
  ["BREAKWATER_ADMIN_PASSWORD", { ...good, password: "a".repeat(1001) }],
  ["BREAKWATER_ADMIN_USERNAME", { ...good, username: "a\u001b[2J" }],
  ["BREAKWATER_ADMIN_USERNAME", { ...good, username: " boss" }],
  ["BREAKWATER_ADMIN_USERNAME", { ...good, username: "\u{1f600}".repeat(51) }],
])("a first start refuses what the API would refuse and names %s", async (variable, admin) => {
  const refusal = await prepareInstallation(db, admin).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ConfigError);
  expect((refusal as Error).message).toMatch(new RegExp(`^${variable} must`));
  expect(await names()).toEqual([]);
  expect((await sql`SELECT 1 FROM subscription`.execute(db.write)).rows).toEqual([]);
});

test("of several nodes starting at once one makes the Manager; later starts do not look at the settings", async () => {
  const made = await Promise.all(Array.from({ length: 4 }, () => prepareInstallation(db, good)));
  expect(made.filter((manager) => manager !== undefined)).toEqual([{ username: "boss" }]);
  expect(await prepareInstallation(db, { username: "\u0007", password: "a" })).toBeUndefined();
  expect(await names()).toEqual([{ username: "boss" }]);
});
