import { findingFingerprint } from "@breakwater/domain/identity/index";
import type { TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inSubscription, readFindings } from "../modules/findings/scan-world.fixture.ts";
import type { Database } from "./index.ts";
import { openMigrated } from "./migrated-database.fixture.ts";

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  ({ database, db } = await openMigrated("0020", async (former) => {
    db = former;
    await fill();
  }));
});
afterAll(() => database?.drop());

const T = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const day = (n: number | null) => (n === null ? null : new Date(T + n * DAY).toISOString());

/** Status, days of the first and last sight, of the fixing and of being back, and whether the one source shows it. */
const FOUND = {
  back: ["ACTIVE", 0, 6, 2, 4, true],
  gone: ["FIXED", 0, 1, 2, null, false],
  "gone again": ["FIXED", 0, 4, 5, 3, false],
  there: ["NEW", 6, 6, null, null, true],
} as const;

async function fill(): Promise<void> {
  await sql`
    INSERT INTO subscription (name) VALUES ('full');
    INSERT INTO connection (subscription_id, name, product) VALUES (1, 'A', 'Scanner');
    INSERT INTO asset (subscription_id, name, described_by, created_at, updated_at) VALUES (1, 'h1', '{}', now(), now());
    INSERT INTO asset_identifier (subscription_id, network, kind, value, asset_id, claimed_at)
      VALUES (1, 'default', 'ip', '10.0.0.1', 1, '2026-01-01Z');
    INSERT INTO asset_source (subscription_id, asset_id, connection_id, seen_at, complete_at, first_seen_at, digest, has_fresh, product)
      VALUES (1, 1, 1, ${sql.lit(day(6))}, ${sql.lit(day(6))}, ${sql.lit(day(0))}, '\\x01', true, 'Scanner');`.execute(
    db.write,
  );
  for (const [check, [status, first, last, fixed, back, isPresent]] of Object.entries(FOUND)) {
    const issue = { product: "Scanner", checkId: check };
    const fingerprint = findingFingerprint(issue, { port: null, protocol: null, instance: null });
    await sql`
      WITH c AS (INSERT INTO check_definition (subscription_id, product, vendor_id, digest, described_at, title, description,
          solution, severity, source_severity, cvss)
        VALUES (1, 'Scanner', ${check}, '', now(), '', '', '', 3, '', '[]') RETURNING id),
      f AS (INSERT INTO finding (subscription_id, asset_id, fingerprint, check_id, severity, qds, status, first_found, last_found,
          last_fixed, reopened_at, category)
        SELECT 1, 1, ${fingerprint}::uuid, id, 3, 44, ${status}, ${day(first)}, ${day(last)}, ${day(fixed)}, ${day(back)},
          'VULNERABILITY' FROM c)
      INSERT INTO finding_source (subscription_id, asset_id, fingerprint, connection_id, check_id, first_seen, last_seen,
          severity, is_present)
        SELECT 1, 1, ${fingerprint}::uuid, 1, id, ${day(first)}, ${day(last)}, 3, ${isPresent} FROM c`.execute(
      db.write,
    );
  }
}

const inDays = (at: number | null) => (at === null ? null : (at - T) / DAY);

async function stored() {
  const found = await readFindings(db, 1);
  return Object.fromEntries(
    found.map((one) => [
      one.check,
      [one.status, ...[one.firstFound, one.lastFound, one.lastFixed, one.reopenedAt].map(inDays)],
    ]),
  );
}

test("what was fixed and reopened before is known as such when sources tell of it again", async () => {
  const { rows } = await sql<{ check: string; fingerprint: string }>`SELECT c.vendor_id AS check, s.marks
    FROM finding_source s JOIN check_definition c ON c.id = s.check_id ORDER BY 1`.execute(db.read);
  const at = (n: number) => T + n * DAY;
  expect(rows).toEqual([
    { check: "back", marks: { away: [at(2)], seen: [at(4)] } },
    { check: "gone", marks: { away: [at(2)] } },
    { check: "gone again", marks: { away: [at(3) - 1, at(5)], seen: [at(3)] } },
    { check: "there", marks: null },
  ]);
  const own = inSubscription({ database, db, subscriptionId: 1, close: async () => {} }, 1);
  const run = (n: number, checks: string[]) =>
    own.importScan({
      ...{ connection: "A", at: at(n) },
      assets: [{ asset: { name: "h1", ipAddresses: ["10.0.0.1"] }, findings: checks.map((checkId) => ({ checkId })) }],
    });
  expect(await run(8, ["back", "gone", "there"])).toMatchObject({
    assetsNew: 0,
    findingsReopened: 1,
    findingsFixed: 0,
  });
  // Runs of before are not judged again; what comes late of those after counts.
  await run(3, ["there"]);
  await run(7, ["back"]);
  expect(await stored()).toEqual({
    back: ["ACTIVE", 0, 8, 2, 4],
    gone: ["REOPENED", 0, 8, 2, 8],
    "gone again": ["FIXED", 0, 4, 5, 3],
    there: ["REOPENED", 3, 8, 7, 8],
  });
});
