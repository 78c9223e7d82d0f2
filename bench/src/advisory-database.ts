import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Advisory, MatchedDevice } from "@breakwater/domain/ot/advisories/index";
import { type Database, migrate, openDatabase, startEmbeddedPostgres } from "@breakwater/server/db/index";
import { createAdvisorySink, matchDueHosts } from "@breakwater/server/modules/advisories/index";
import { NO_COUNTS } from "@breakwater/server/modules/ingest/sink";
import { holdTags } from "@breakwater/server/modules/tags/index";
import { sql } from "kysely";
import { type BenchResult, median } from "./result.ts";

const SUBSCRIPTION = 1;
const SINGLE_HOSTS = 200;
const REVISIONS = 9;
const START = Date.UTC(2026, 0, 1);

/**
 * The same through the database as the product does it, on the embedded PostgreSQL with fsync on: an import of all
 * advisories into a plant of hosts, with detections, findings and scores; then one host's firmware and one advisory
 * changed at a time. Reading the documents is not part of it.
 */
export async function measureDatabase(
  advisories: readonly Advisory[],
  hosts: readonly MatchedDevice[][],
): Promise<BenchResult["rows"]> {
  const dataDir = await mkdtemp(join(tmpdir(), "breakwater-bench-advisories-"));
  const log = { debug() {}, info() {}, warn: print, error: print };
  const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, "postgres"), log });
  const db = openDatabase({ connection: postgres.connection, log });
  try {
    await migrate(db);
    await sql`INSERT INTO subscription (id, name) OVERRIDING SYSTEM VALUE VALUES (${SUBSCRIPTION}, 'bench')`.execute(
      db.write,
    );
    await seedHosts(db, hosts);
    const rows = await measureImport(db, advisories);
    rows.push(...(await measureHosts(db)), ...(await measureRevisions(db, advisories)));
    return rows;
  } finally {
    await db.close();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function seedHosts(db: Database, hosts: readonly MatchedDevice[][]): Promise<void> {
  const rows = hosts.map(([device], index) => ({ id: index + 1, ...device!.hardware }));
  await sql`
    WITH x AS MATERIALIZED (SELECT * FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x(id bigint,
      manufacturer text, "orderNumber" text, "catalogNumber" text, "firmwareVersion" text)
    ), a AS (
      INSERT INTO asset (subscription_id, id, name, ip_addresses, sources, is_ot, created_at, updated_at)
      OVERRIDING SYSTEM VALUE
      SELECT ${SUBSCRIPTION}, x.id, 'plc-' || x.id, ARRAY['10.0.0.0'::inet + x.id], '{Passive Sensor}', true, now(), now()
      FROM x
    ), h AS (
      INSERT INTO ot_host (subscription_id, asset_id, manufacturer, order_number, catalog_number, firmware_version,
        created_in)
      SELECT ${SUBSCRIPTION}, x.id, x.manufacturer, x."orderNumber", x."catalogNumber", x."firmwareVersion",
        gen_random_uuid() FROM x
    )
    INSERT INTO ot_match (subscription_id, asset_id) SELECT ${SUBSCRIPTION}, x.id FROM x`.execute(db.write);
  await matchAll(db, START);
  await sql`ANALYZE asset, ot_host, ot_match`.execute(db.write);
}

async function importAdvisories(db: Database, advisories: readonly Advisory[]): Promise<void> {
  const sink = createAdvisorySink({
    subscriptionId: SUBSCRIPTION,
    importedAt: START,
    counts: { ...NO_COUNTS },
    issue: ({ message }) => print({}, message),
    commit: (work) => inTransaction(db, work),
  });
  await sink.write([...advisories.map((advisory) => ({ type: "advisory" as const, advisory }))]);
  await sink.end();
}

/** @returns how many transactions it took */
async function matchAll(db: Database, at: number): Promise<number> {
  for (let steps = 1; ; steps++) {
    const { isDone } = await inTransaction(db, (tx) => matchDueHosts(tx, SUBSCRIPTION, at));
    if (isDone) return steps;
  }
}

function inTransaction<T>(db: Database, work: (tx: Parameters<typeof matchDueHosts>[0]) => Promise<T>): Promise<T> {
  return db.imports.transaction().execute(async (tx) => {
    await holdTags(tx, SUBSCRIPTION);
    return await work(tx);
  });
}

async function measureImport(db: Database, advisories: readonly Advisory[]): Promise<BenchResult["rows"]> {
  const startedAt = performance.now();
  await importAdvisories(db, advisories);
  const importedAt = performance.now();
  const steps = await matchAll(db, START);
  const matchedAt = performance.now();
  const { rows } = await sql<{ detections: number; findings: number; hosts: number }>`
    SELECT (SELECT count(*) FROM ot_detection) AS detections, (SELECT count(*) FROM finding) AS findings,
      (SELECT count(*) FROM ot_host) AS hosts`.execute(db.read);
  const { detections, findings, hosts } = rows[0]!;
  const note = `${detections} detections, ${findings} findings, in ${steps} transactions`;
  return [
    { what: "database: advisories written, hosts marked", value: importedAt - startedAt, unit: "ms" },
    {
      what: `database: ${hosts} hosts matched, with findings and scores`,
      value: matchedAt - importedAt,
      unit: "ms",
      note,
    },
    { what: "database: findings", value: (findings / (matchedAt - importedAt)) * 1000, unit: "findings/s" },
  ];
}

async function measureHosts(db: Database): Promise<BenchResult["rows"]> {
  const took: number[] = [];
  for (let number = 1; number <= SINGLE_HOSTS; number++) {
    const assetId = number * 37;
    await sql`UPDATE ot_host SET firmware_version = ${`V3.${number % 9}.${number % 17}`} WHERE asset_id = ${assetId}`.execute(
      db.write,
    );
    await sql`UPDATE ot_match SET is_due = true WHERE asset_id = ${assetId}`.execute(db.write);
    const startedAt = performance.now();
    await matchAll(db, START + number * 1000);
    took.push(performance.now() - startedAt);
  }
  return percentiles("database: one host again, its firmware changed", took);
}

async function measureRevisions(db: Database, advisories: readonly Advisory[]): Promise<BenchResult["rows"]> {
  const took: number[] = [];
  let hosts = 0;
  const owned = advisories.filter((_, number) => number % 10 < 2);
  for (const [index, advisory] of owned.slice(0, REVISIONS).entries()) {
    const products = advisory.products.map((product) => ({ ...product, versions: `<= 3.${index}` }));
    const startedAt = performance.now();
    await importAdvisories(db, [{ ...advisory, updatedAt: 1, products }]);
    const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM ot_match WHERE is_due`.execute(db.read);
    hosts = Math.max(hosts, rows[0]!.count);
    await matchAll(db, START + (SINGLE_HOSTS + index) * 1000);
    took.push(performance.now() - startedAt);
  }
  const [row] = percentiles("database: one advisory revised", took);
  return [{ ...row!, note: `it names up to ${hosts} hosts` }];
}

function percentiles(what: string, took: readonly number[]): BenchResult["rows"] {
  const sorted = took.toSorted((a, b) => a - b);
  return [
    { what: `${what}, median`, value: median(sorted), unit: "ms" },
    { what: `${what}, p99`, value: sorted[Math.floor(sorted.length * 0.99)]!, unit: "ms" },
  ];
}

function print(fields: object, message: string): void {
  console.error(message, fields);
}
