import type { TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { identity, importCapture } from "../modules/ot/capture-run.fixture.ts";
import type { Database } from "./index.ts";
import { findWrongTotals } from "./kept-total.fixture.ts";
import { openMigrated } from "./migrated-database.fixture.ts";

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  ({ database, db } = await openMigrated("0015", async (former) => {
    db = former;
    await fill();
    await fillPlant();
  }));
});
afterAll(() => database?.drop());

const cvss = (version: string, score: number | null) => JSON.stringify([{ version, vector: null, score }]);

const T = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

async function fill(): Promise<void> {
  await sql`
    INSERT INTO subscription (name) VALUES ('full'), ('empty'), ('plant');
    INSERT INTO connection (subscription_id, name, product) VALUES (1, 'mix', 'Nessus'), (1, 'ports', 'Nmap');
    INSERT INTO asset (subscription_id, name, described_by, created_at, updated_at)
      SELECT 1, n, '{"name": {"1": 1, "2": 1}}', now(), now()
      FROM unnest(ARRAY['192.0.2.10', 'SRV9.CORP.', 'Acme Corp.', '192.0.2.10', 'five', 'six']) AS n;
    INSERT INTO check_definition (subscription_id, product, vendor_id, digest, described_at, title, description, solution,
        severity, source_severity, cvss, cvss_base)
      VALUES (1, 'Nessus', '1', '', now(), '', '', '', 3, '', ${sql.lit(cvss("3.1", 9))}, 9),
        (1, 'Nmap', '1', '', now(), '', '', '', 3, '', ${sql.lit(cvss("2.0", null))}, NULL);
    INSERT INTO asset_source (subscription_id, asset_id, connection_id, seen_at, complete_at, first_seen_at, digest, has_fresh)
      SELECT 1, a, c, at::timestamptz, at::timestamptz, '2026-01-01Z', '\\x01', false FROM (VALUES
        (1, 1, '2026-01-05Z'), (2, 1, '2026-01-05Z'), (3, 2, '2026-01-05Z'), (4, 2, '2026-01-05Z'),
        (5, 1, '2026-01-05Z'), (5, 2, '2026-01-03Z'), (6, 1, '2026-01-03Z'), (6, 2, '2026-01-05Z')) AS x(a, c, at);
    INSERT INTO finding (subscription_id, asset_id, fingerprint, check_id, severity, qds, status, first_found, last_found, category)
      SELECT 1, a, md5(a::text)::uuid, 1, 3, 44, 'ACTIVE', '2026-01-01Z', '2026-01-01Z', 'VULNERABILITY'
      FROM unnest(ARRAY[1, 3, 5, 6]) AS a;
    INSERT INTO finding_source (subscription_id, asset_id, fingerprint, connection_id, check_id, first_seen, last_seen, severity, is_present)
      SELECT 1, a, md5(a::text)::uuid, c, k, '2026-01-01Z', '2026-01-01Z', 3, true
      FROM (VALUES (1, 1, 1), (1, 1, 2), (3, 2, 1), (5, 1, 1), (5, 1, 2), (5, 2, 1), (5, 2, 2),
        (6, 1, 1), (6, 1, 2), (6, 2, 1), (6, 2, 2)) AS x(a, c, k);
    INSERT INTO asset_identifier (subscription_id, network, kind, value, asset_id, claimed_at) VALUES
      (1, '1', 'source-name', '192.0.2.10', 1, '2026-01-01Z'), (1, '2', 'source-name', '192.0.2.10', 4, '2026-01-02Z'),
      (1, '1', 'source-name', '127.0.0.1', 2, '2026-01-02Z'), (1, '1', 'source-name', '2001:db8::7', 2, '2026-01-02Z'),
      (1, '1', 'source-name', '1::2::3:', 3, '2026-01-02Z'), (1, '1', 'source-name', 'panel.', 3, '2026-01-02Z')`.execute(
    db.write,
  );
}

const mac = (host: number) => `00:1d:9c:00:00:0${host}`;

/** OT hosts: by address, by a project's name, by nothing but a MAC; of the default network; one that a scanner knows too. */
async function fillPlant(): Promise<void> {
  await sql`
    INSERT INTO connection (subscription_id, name, product, network) VALUES (3, 'Tap', 'Passive Sensor', 'plant A'),
      (3, 'scan', 'Nessus', 'plant A'), (3, 'office', 'Passive Sensor', 'default');
    INSERT INTO import_job (subscription_id, id, status, file_bytes, file_sha256, connection_name, created_by)
      VALUES (3, '00000000-0000-4000-9000-000000000001', 'COMPLETED', 1, '', 'tap', 'test');
    INSERT INTO asset (subscription_id, id, name, sources, is_ot, created_at, updated_at) OVERRIDING SYSTEM VALUE
      SELECT 3, 100 + n, n, '{Passive Sensor}', true, '2026-01-01Z', '2026-01-01Z' FROM generate_series(1, 4) AS n;
    INSERT INTO asset (subscription_id, id, name, sources, is_ot, created_at, updated_at) OVERRIDING SYSTEM VALUE
      VALUES (3, 105, 'srv', '{Nessus,Passive Sensor}', true, '2026-01-01Z', '2026-01-01Z');
    INSERT INTO asset_source (subscription_id, asset_id, connection_id, seen_at, first_seen_at, digest, has_fresh)
      VALUES (3, 105, 4, '2026-01-01Z', '2026-01-01Z', '', false);
    INSERT INTO ot_host (subscription_id, asset_id, created_in)
      SELECT 3, 100 + n, '00000000-0000-4000-9000-000000000001' FROM generate_series(1, 5) AS n;
    INSERT INTO ot_match (subscription_id, asset_id, is_due) SELECT 3, 100 + n, false FROM generate_series(1, 5) AS n;
    INSERT INTO ot_evidence (subscription_id, asset_id, field, value, protocol, source, confidence, first_seen, last_seen, job_id)
      VALUES (3, 103, 'manufacturer', 'Siemens', 'profinet-dcp', 'Passive Sensor', 95, '2026-01-01Z', '2026-01-01Z',
        '00000000-0000-4000-9000-000000000001');
    INSERT INTO asset_identifier (subscription_id, kind, value, asset_id, network, claimed_at)
      SELECT 3, kind, value, host, network, '2026-01-01Z' FROM (VALUES
        ('mac', ${sql.lit(mac(1))}, 101, ''), ('ip', '10.0.0.1', 101, 'plant A'),
        ('serial-number', 'siemens s-2', 102, ''), ('source-name', 'plc-2', 102, 'plant a'),
        ('mac', ${sql.lit(mac(3))}, 103, ''),
        ('mac', ${sql.lit(mac(4))}, 104, ''), ('ip', '10.0.0.4', 104, 'default'),
        ('mac', ${sql.lit(mac(5))}, 105, ''), ('ip', '10.0.0.5', 105, 'plant A')) AS x(kind, value, host, network)`.execute(
    db.write,
  );
}

const rowsOf = async (query: ReturnType<typeof sql>) => (await query.execute(db.write)).rows;

test("a filled database gets best versions, identifiers, plain names, and a walk of its scores", async () => {
  expect(await rowsOf(sql`SELECT cvss_version AS v FROM check_definition ORDER BY id`)).toEqual([
    { v: "3.1" },
    { v: null },
  ]);
  expect(await rowsOf(sql`SELECT subscription_id AS id FROM score_walk ORDER BY 1`)).toEqual([{ id: 1 }, { id: 3 }]);
  expect(await rowsOf(sql`SELECT name FROM asset WHERE subscription_id = 1 ORDER BY id`)).toEqual(
    ["192.0.2.10", "SRV9.CORP", "Acme Corp.", "192.0.2.10", "five", "six"].map((name) => ({ name })),
  );
  expect(
    await rowsOf(sql`SELECT kind, network, value, asset_id AS id FROM asset_identifier
      WHERE subscription_id = 1 ORDER BY kind, network, value`),
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

test("totals are those of what is there", async () => {
  expect(await findWrongTotals(db.read)).toEqual([]);
  expect(await rowsOf(sql`SELECT counted FROM row_total WHERE subscription_id = 1 ORDER BY 1`)).toEqual([
    { counted: "asset" },
    { counted: "finding" },
  ]);
});

test("a source is of the product whose findings it has on the asset, and shared where it has several's", async () => {
  const [late, early] = [T + 4 * DAY, T + 2 * DAY];
  const shared = (at: number) => ({ product: null, by: { Nessus: at, Nmap: at }, seen: 0 });
  expect(
    await rowsOf(sql`SELECT asset_id AS id, connection_id AS c, product, complete_by AS by,
      (extract(epoch FROM seen_at) * 1000)::bigint AS seen FROM asset_source WHERE subscription_id = 1 ORDER BY 1, 2`),
  ).toEqual([
    { id: 1, c: 1, ...shared(late) },
    { id: 2, c: 1, product: "Nessus", by: null, seen: late },
    { id: 3, c: 2, product: "Nessus", by: null, seen: late },
    { id: 4, c: 2, product: "Nmap", by: null, seen: late },
    { id: 5, c: 1, ...shared(late) },
    { id: 5, c: 2, ...shared(early) },
    { id: 6, c: 1, ...shared(early) },
    { id: 6, c: 2, ...shared(late) },
  ]);
  expect(
    await rowsOf(sql`SELECT asset_id AS id, connection_id AS c, (extract(epoch FROM max(last_seen)) * 1000)::bigint AS at
      FROM finding_source GROUP BY 1, 2 HAVING min(last_seen) = max(last_seen) ORDER BY 1, 2`),
  ).toEqual([
    { id: 1, c: 1, at: late },
    { id: 3, c: 2, at: T },
    { id: 5, c: 1, at: late },
    { id: 5, c: 2, at: early },
    { id: 6, c: 1, at: early },
    { id: 6, c: 2, at: late },
  ]);
  expect(
    await rowsOf(
      sql`SELECT asset_id AS id, (extract(epoch FROM last_found) * 1000)::bigint AS at FROM finding ORDER BY 1`,
    ),
  ).toEqual([
    { id: 1, at: late },
    { id: 3, at: T },
    { id: 5, at: late },
    { id: 6, at: late },
  ]);
  expect(
    await rowsOf(sql`SELECT described_by->'name' AS said FROM asset WHERE subscription_id = 1 ORDER BY id`),
  ).toEqual([
    { said: { 1: late, 2: 1 } },
    ...Array(3).fill({ said: { 1: 1, 2: 1 } }),
    { said: { 1: late, 2: early } },
    { said: { 1: early, 2: late } },
  ]);
});

test("hosts of plants keep their MACs and serial numbers within their network, and wait to be matched", async () => {
  expect(await rowsOf(sql`SELECT asset_id AS id FROM ot_due_host ORDER BY 1`)).toEqual(
    [101, 102, 103, 104, 105].map((id) => ({ id })),
  );
  expect(
    await rowsOf(sql`SELECT asset_id AS id, value FROM asset_identifier
      WHERE subscription_id = 3 AND kind IN ('mac', 'serial-number') AND network <> '' ORDER BY 1`),
  ).toEqual([
    { id: 101, value: mac(1) },
    { id: 102, value: "siemens s-2" },
    { id: 103, value: mac(3) },
  ]);
  const told = [1, 3].map((host) => identity({ mac: mac(host) }, { manufacturer: "Siemens" }, T + DAY, "profinet-dcp"));
  const { counts } = await importCapture(db, 3, told, { network: "plant A" });
  expect(counts).toMatchObject({ assetsNew: 0, assetsMerged: 0 });
  expect(await rowsOf(sql`SELECT count(*)::int AS n FROM asset WHERE subscription_id = 3`)).toEqual([{ n: 5 }]);
});
