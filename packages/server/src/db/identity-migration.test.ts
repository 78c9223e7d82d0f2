import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "./index.ts";
import { migrate, migrationsDir } from "./migrate.ts";

let database: TestDatabase;
let db: Database;
let before: string;

beforeAll(async () => {
  database = await createTestDatabase({ schema: "empty" });
  db = database.open();
  before = mkdtempSync(join(tmpdir(), "breakwater-migrations-"));
  for (const name of readdirSync(migrationsDir))
    if (name < "0017") copyFileSync(join(migrationsDir, name), join(before, name));
  await migrate(db, { dir: before });
});
afterAll(async () => {
  rmSync(before, { recursive: true });
  await database.drop();
});

const cvss = (version: string, score: number | null) => JSON.stringify([{ version, vector: null, score }]);

async function fill(): Promise<void> {
  await sql`
    INSERT INTO subscription (name) VALUES ('full'), ('empty');
    INSERT INTO connection (subscription_id, name, product) VALUES (1, 'mix', 'Nessus'), (1, 'ports', 'Nmap');
    INSERT INTO asset (subscription_id, name, created_at, updated_at)
      SELECT 1, n, now(), now() FROM unnest(ARRAY['192.0.2.10', 'SRV9.CORP.', 'Acme Corp.', '192.0.2.10']) AS n;
    INSERT INTO check_definition (subscription_id, product, vendor_id, digest, described_at, title, description, solution,
        severity, source_severity, cvss, cvss_base)
      VALUES (1, 'Nessus', '1', '', now(), '', '', '', 3, '', ${sql.lit(cvss("3.1", 9))}, 9),
        (1, 'Nmap', '1', '', now(), '', '', '', 3, '', ${sql.lit(cvss("2.0", null))}, NULL);
    INSERT INTO asset_source (subscription_id, asset_id, connection_id, seen_at, complete_at, first_seen_at, digest, has_fresh)
      SELECT 1, a, c, '2026-01-05Z', '2026-01-05Z', '2026-01-01Z', '\\x01', false FROM (VALUES (1, 1), (2, 1), (4, 2)) AS x(a, c);
    INSERT INTO finding_source (subscription_id, asset_id, fingerprint, connection_id, check_id, first_seen, last_seen, severity, is_present)
      SELECT 1, 1, gen_random_uuid(), 1, c, '2026-01-01Z', '2026-01-01Z', 3, true FROM unnest(ARRAY[1, 2]) AS c;
    INSERT INTO asset_identifier (subscription_id, network, kind, value, asset_id, claimed_at) VALUES
      (1, '1', 'source-name', '192.0.2.10', 1, '2026-01-01Z'), (1, '2', 'source-name', '192.0.2.10', 4, '2026-01-02Z'),
      (1, '1', 'source-name', '127.0.0.1', 2, '2026-01-02Z'), (1, '1', 'source-name', '2001:db8::7', 2, '2026-01-02Z'),
      (1, '1', 'source-name', '1::2::3:', 3, '2026-01-02Z'), (1, '1', 'source-name', 'panel.', 3, '2026-01-02Z')`.execute(
    db.write,
  );
}

const rowsOf = async (query: ReturnType<typeof sql>) => (await query.execute(db.write)).rows;

test("a filled database gets best versions, shared sources, identifiers, plain names, and a walk of its scores", async () => {
  await fill();
  await migrate(db);
  expect(await rowsOf(sql`SELECT cvss_version AS v FROM check_definition ORDER BY id`)).toEqual([
    { v: "3.1" },
    { v: null },
  ]);
  expect(await rowsOf(sql`SELECT subscription_id AS id FROM score_walk`)).toEqual([{ id: 1 }]);
  expect(await rowsOf(sql`SELECT name FROM asset ORDER BY id`)).toEqual(
    ["192.0.2.10", "SRV9.CORP", "Acme Corp.", "192.0.2.10"].map((name) => ({ name })),
  );
  const at = Date.UTC(2026, 0, 5);
  expect(
    await rowsOf(sql`SELECT asset_id AS id, product, complete_by AS by, extract(epoch FROM seen_at)::int AS seen
      FROM asset_source ORDER BY asset_id`),
  ).toEqual([
    { id: 1, product: null, by: { Nessus: at, Nmap: at }, seen: 0 },
    { id: 2, product: "Nessus", by: null, seen: at / 1000 },
    { id: 4, product: "Nmap", by: null, seen: at / 1000 },
  ]);
  expect(
    await rowsOf(sql`SELECT DISTINCT (extract(epoch FROM last_seen) * 1000)::bigint AS at FROM finding_source`),
  ).toEqual([{ at }]);
  expect(
    await rowsOf(sql`SELECT kind, network, value, asset_id AS id FROM asset_identifier ORDER BY kind, network, value`),
  ).toEqual([
    { kind: "ip", network: "default", value: "192.0.2.10", id: 4 },
    { kind: "ip", network: "default", value: "2001:db8::7", id: 2 },
    { kind: "source-name", network: "1", value: "127.0.0.1", id: 2 },
    { kind: "source-name", network: "1", value: "192.0.2.10", id: 1 },
    { kind: "source-name", network: "1", value: "1::2::3:", id: 3 },
    { kind: "source-name", network: "1", value: "2001:db8::7", id: 2 },
    { kind: "source-name", network: "1", value: "panel", id: 3 },
    { kind: "source-name", network: "2", value: "192.0.2.10", id: 4 },
  ]);
});
