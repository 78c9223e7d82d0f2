import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Advisory, MatchedDevice } from "@breakwater/domain/ot/advisories/index";
import { type Database, migrate, openDatabase, startEmbeddedPostgres } from "@breakwater/server/db/index";
import { createAdvisorySink, matchDueHosts } from "@breakwater/server/modules/advisories/index";
import { NO_COUNTS } from "@breakwater/server/modules/ingest/sink";
import { holdTags } from "@breakwater/server/modules/tags/index";
import { sql } from "kysely";
import { makeWorld, readPublicAdvisories } from "./advisory-world.ts";
import { type BenchResult, median } from "./result.ts";

const SUBSCRIPTION = 1;
const HOSTS = 10_000;
/** Of the generated advisories, which name each host by fifty: as many findings as ten times so many hosts have else. */
const DENSE_HOSTS = 500;
const SINGLE_HOSTS = 200;
const REVISIONS = 9;
const START = Date.UTC(2026, 0, 1);

/**
 * Matching as the product does it, on the embedded PostgreSQL with fsync on: an import of all advisories into a plant of
 * hosts, with detections, findings and scores; then one host's firmware and one advisory changed at a time. With the public
 * advisories where they are there, and with fewer hosts and the generated ones. Reading the documents is not part of it.
 */
export async function runAdvisoryDatabaseBench(): Promise<BenchResult> {
  const { hosts, advisories } = makeWorld(HOSTS);
  const known = await readPublicAdvisories();
  const rows = known.length > 0 ? await measureWorld("public", known, hosts) : [];
  rows.push(...(await measureWorld("generated", advisories, hosts.slice(0, DENSE_HOSTS))));
  return { name: "advisory-database", rows };
}

async function measureWorld(
  name: string,
  advisories: readonly Advisory[],
  hosts: readonly MatchedDevice[][],
): Promise<BenchResult["rows"]> {
  const dataDir = await mkdtemp(join(tmpdir(), "breakwater-bench-advisories-"));
  const log = { debug() {}, info() {}, warn: print, error: print };
  const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, "postgres"), log });
  const db = openDatabase({ connection: postgres.connection, log });
  try {
    await migrate(db);
    await seedHosts(db, hosts);
    const rows = await measureImport(db, advisories);
    rows.push(...(await measureHosts(db, hosts.length)), ...(await measureRevisions(db, advisories)));
    return rows.map((row) => ({ ...row, what: `${name}: ${row.what}` }));
  } finally {
    await db.close();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Hosts that a capture found, with the connection that it came by. */
async function seedHosts(db: Database, hosts: readonly MatchedDevice[][]): Promise<void> {
  await sql`INSERT INTO subscription (id, name) OVERRIDING SYSTEM VALUE VALUES (${SUBSCRIPTION}, 'bench')`.execute(
    db.write,
  );
  await sql`INSERT INTO connection (subscription_id, name, product)
    VALUES (${SUBSCRIPTION}, 'Plant', 'Passive Sensor')`.execute(db.write);
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
    INSERT INTO ot_due_host (subscription_id, asset_id) SELECT ${SUBSCRIPTION}, x.id FROM x`.execute(db.write);
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
  await importAdvisories(db, advisories);
  const againAt = performance.now();
  const { rows } = await sql<{ detections: number; findings: number; hosts: number }>`
    SELECT (SELECT count(*) FROM ot_detection) AS detections, (SELECT count(*) FROM finding) AS findings,
      (SELECT count(*) FROM ot_host) AS hosts`.execute(db.read);
  const { detections, findings, hosts } = rows[0]!;
  const note = `${detections} detections, ${findings} findings, in ${steps} transactions`;
  return [
    { what: `${advisories.length} advisories written, hosts marked`, value: importedAt - startedAt, unit: "ms" },
    { what: `${hosts} hosts matched, findings and scores written`, value: matchedAt - importedAt, unit: "ms", note },
    { what: "the same advisories again", value: againAt - matchedAt, unit: "ms" },
  ];
}

/** One host after the other; the first ones, with which sessions plan their statements and learn the advisories, do not count. */
async function measureHosts(db: Database, hosts: number): Promise<BenchResult["rows"]> {
  const changed: number[] = [];
  const same: number[] = [];
  for (let number = -SINGLE_HOSTS; number < SINGLE_HOSTS; number++) {
    const assetId = 1 + ((Math.abs(number) * 37) % hosts);
    const version = `V3.${Math.abs(number) % 9}.${Math.abs(number) % 17}`;
    const at = START + (2 * SINGLE_HOSTS + 2 * number) * 1000;
    await sql`UPDATE ot_host SET firmware_version = ${version} WHERE asset_id = ${assetId}`.execute(db.write);
    const changedMs = await matchOne(db, assetId, at);
    const sameMs = await matchOne(db, assetId, at + 1000);
    if (number < 0) continue;
    changed.push(changedMs);
    same.push(sameMs);
  }
  const note = "locks, host, verdicts, detections with history, findings with sources, scores and totals, commit";
  const [middle, slowest] = percentiles("one host again, its firmware changed", changed);
  return [{ ...middle!, note }, slowest!, ...percentiles("one host again, seen as before", same)];
}

/** @returns ms from `begin` to the end of `commit` */
async function matchOne(db: Database, assetId: number, at: number): Promise<number> {
  await sql`INSERT INTO ot_due_host (subscription_id, asset_id) VALUES (${SUBSCRIPTION}, ${assetId})`.execute(db.write);
  const startedAt = performance.now();
  await matchAll(db, at);
  return performance.now() - startedAt;
}

/** Those revised first that name most of the plant. */
async function measureRevisions(db: Database, advisories: readonly Advisory[]): Promise<BenchResult["rows"]> {
  const { rows: named } = await sql<{ id: string }>`
    SELECT advisory_id AS id FROM ot_detection GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ${REVISIONS}`.execute(
    db.read,
  );
  const ids = new Set(named.map(({ id }) => id));
  const took: number[] = [];
  const hosts: number[] = [];
  for (const [index, advisory] of advisories.filter(({ id }) => ids.has(id)).entries()) {
    const products = advisory.products.map((product) => ({ ...product, versions: `<= 3.${index}` }));
    const startedAt = performance.now();
    await importAdvisories(db, [{ ...advisory, updatedAt: START, products }]);
    const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM ot_due_host`.execute(db.read);
    hosts.push(rows[0]!.count);
    await matchAll(db, START + (4 * SINGLE_HOSTS + index) * 1000);
    took.push(performance.now() - startedAt);
  }
  const [row] = percentiles("one advisory revised", took);
  return [{ ...row!, note: `${median(hosts)} hosts matched anew` }];
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
