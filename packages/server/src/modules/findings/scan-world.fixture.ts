import { randomUUID } from "node:crypto";
import type { AssetRecord, CheckRecord, FindingRecord, ScanEvent } from "@breakwater/formats/records";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import type { Database } from "../../db/index.ts";
import { ImportProgress } from "../ingest/import-run.ts";
import { claimImport, findOrCreateConnection, finishImport } from "../ingest/import-store.ts";
import type { ImportCounts, ImportRun } from "../ingest/sink.ts";
import { retagAssets } from "../tags/index.ts";
import { readScan } from "./read-scan.ts";
import type { BatchLimits } from "./scan-batcher.ts";
import { startOf, writeScan } from "./scan-sink.ts";

/** A scan as tests tell it. */
export type TestScan = {
  connection: string;
  product?: string;
  /** Epoch ms, of every asset of the scan. */
  at: number;
  isComplete?: boolean;
  assets: { asset: Partial<AssetRecord> & { name: string }; findings: TestFinding[] }[];
};
export type TestFinding = Partial<FindingRecord> & { checkId: string };

export type TestImport = {
  limits?: Partial<BatchLimits>;
  checks?: readonly CheckRecord[];
  dieAfterCommits?: number;
  /** The run that has died is not resumed: its job stays as it is. */
  isLeft?: boolean;
  /** What a parser tells, instead of the scan's assets. */
  parse?: () => AsyncIterable<readonly ScanEvent[]>;
};

/** Stands for the death of the process. */
export class Death extends Error {}

export type ScanWorld = {
  database: TestDatabase;
  db: Database;
  subscriptionId: number;
  /** Runs a scan through the sink with real transactions; a run that dies is resumed until it lives. */
  importScan(scan: TestScan, options?: TestImport): Promise<ImportCounts>;
  close(): Promise<void>;
};

export async function openScanWorld(): Promise<ScanWorld> {
  const database = await createTestDatabase();
  const db = database.open();
  const subscriptionId = await addSubscription(db);
  const world = { database, db, subscriptionId, close: () => database.drop() };
  return inSubscription(world, subscriptionId);
}

/** The same database seen by another subscription: a test of its own without a database of its own. */
export function inSubscription(world: Omit<ScanWorld, "importScan">, subscriptionId: number): ScanWorld {
  return {
    ...world,
    subscriptionId,
    importScan: (scan, options = {}) => importScan(world.db, subscriptionId, scan, options),
  };
}

export async function addSubscription(db: Database): Promise<number> {
  const { rows } = await sql<{ id: number }>`INSERT INTO subscription (name) VALUES ('test') RETURNING id`.execute(
    db.write,
  );
  return rows[0]!.id;
}

/** A check with defaults: severity 3, no CVE. */
export function testCheck(id: string, more: Partial<CheckRecord> = {}): CheckRecord {
  return {
    id,
    title: `Check ${id}`,
    description: "",
    solution: "",
    severity: 3,
    sourceSeverity: "2",
    cveIds: [],
    cweIds: [],
    cvss: [],
    family: null,
    publishedAt: null,
    patchPublishedAt: null,
    isExploitAvailable: null,
    isPatchAvailable: null,
    references: [],
    ...more,
  };
}

export function toEvents(scan: TestScan, checks: readonly CheckRecord[] = []): ScanEvent[] {
  const product = scan.product ?? "Scanner";
  const named = [...new Set(scan.assets.flatMap(({ findings }) => findings.map(({ checkId }) => checkId)))];
  const known = new Map(checks.map((check) => [check.id, check]));
  const events: ScanEvent[] = [
    { type: "run", run: { product, name: null } },
    ...named.map((id): ScanEvent => ({ type: "check", check: known.get(id) ?? testCheck(id) })),
  ];
  scan.assets.forEach(({ asset, findings }, index) => {
    const ref = `asset-${index}`;
    const record = { ipAddresses: [], macAddresses: [], hostNames: [], operatingSystem: null, identifiers: [] };
    events.push({ type: "asset", asset: { ...record, ref, scannedAt: scan.at, ...asset } });
    const place = { port: null, protocol: null, instance: null, evidence: "", where: "line 1" };
    for (const finding of findings) events.push({ type: "finding", finding: { ...place, assetRef: ref, ...finding } });
  });
  events.push({ type: "end", isComplete: scan.isComplete ?? true });
  return events;
}

async function importScan(
  db: Database,
  subscriptionId: number,
  scan: TestScan,
  options: TestImport,
): Promise<ImportCounts> {
  const key = { subscriptionId, id: randomUUID() };
  await sql`
    INSERT INTO import_job (subscription_id, id, status, file_bytes, file_sha256, created_by, created_at)
    VALUES (${subscriptionId}, ${key.id}, 'REQUESTED', 1, '', 'test', ${new Date(scan.at)})`.execute(db.write);
  let deaths = options.dieAfterCommits ?? Number.POSITIVE_INFINITY;
  for (;;) {
    const job = (await claimImport(db, key, { now: scan.at }))!;
    const progress = new ImportProgress(db, key, job, new AbortController().signal);
    progress.startMember();
    const run = progress.toRun(
      await findOrCreateConnection(db, subscriptionId, scan.connection, scan.product ?? "Scanner"),
    );
    try {
      await feed(mortal(run, deaths), scan, options);
      await db.imports
        .transaction()
        .execute((tx) => finishImport(tx, key, { status: "COMPLETED", message: null, now: scan.at }));
      return progress.counts;
    } catch (error) {
      if (!(error instanceof Death)) throw error;
      if (options.isLeft) return progress.counts;
      // Each life gets a little further, so that it ends.
      deaths += 1;
    }
  }
}

async function feed(run: ImportRun, scan: TestScan, options: TestImport): Promise<void> {
  const { importedAt } = run;
  const start = startOf(run.resumeFrom);
  const told = options.parse?.() ?? oneByOne(scan, options);
  await writeScan(readScan(told, { start, importedAt, limits: options.limits }), () => Promise.resolve(run), {
    retag: (tx, id, assetIds) => retagAssets(tx, id, assetIds, importedAt),
  });
}

async function* oneByOne(scan: TestScan, options: TestImport): AsyncGenerator<ScanEvent[]> {
  for (const event of toEvents(scan, options.checks)) yield [event];
}

/** The run of a process that dies after so many commits. */
function mortal(run: ImportRun, commits: number): ImportRun {
  let left = commits;
  return {
    ...run,
    commit: async (work, checkpoint) => {
      if (left-- <= 0) throw new Death();
      await run.commit(work, checkpoint);
    },
  };
}

export type StoredFinding = {
  asset: string;
  check: string;
  cveId: string | null;
  port: number | null;
  severity: number;
  qds: number;
  status: string;
  category: string;
  firstFound: number;
  lastFound: number;
  lastFixed: number | null;
  reopenedAt: number | null;
  sources: {
    connection: string;
    check: string;
    isPresent: boolean;
    firstSeen: number;
    lastSeen: number;
    evidence: string;
  }[];
};

/** All findings as a reader is to see them, in a stable order. */
export async function readFindings(db: Database, subscriptionId: number): Promise<StoredFinding[]> {
  const { rows } = await sql<StoredFinding>`
    SELECT a.name AS asset, c.vendor_id AS check, f.cve_id AS "cveId", f.port, f.severity, f.qds, f.status, f.category,
      (extract(epoch FROM f.first_found) * 1000)::bigint AS "firstFound",
      (extract(epoch FROM greatest(f.last_found, t.seen_at)) * 1000)::bigint AS "lastFound",
      (extract(epoch FROM f.last_fixed) * 1000)::bigint AS "lastFixed",
      (extract(epoch FROM f.reopened_at) * 1000)::bigint AS "reopenedAt", t.sources
    FROM finding f JOIN asset a ON a.subscription_id = f.subscription_id AND a.id = f.asset_id
    JOIN check_definition c ON c.subscription_id = f.subscription_id AND c.id = f.check_id
    CROSS JOIN LATERAL (
      SELECT max(v.seen_at) FILTER (WHERE s.is_present AND s.told_last IS NULL) AS seen_at, json_agg(json_build_object(
        'connection', n.name, 'check', k.vendor_id, 'isPresent', s.is_present,
        'firstSeen', (extract(epoch FROM least(s.first_seen, s.told_first)) * 1000)::bigint,
        'lastSeen', (extract(epoch FROM CASE WHEN s.told_last IS NOT NULL THEN s.told_last WHEN s.is_present THEN greatest(s.last_seen, v.seen_at)
                       ELSE s.last_seen END) * 1000)::bigint,
        'evidence', s.evidence) ORDER BY n.name, k.vendor_id) AS sources
      FROM finding_source s JOIN connection n ON n.subscription_id = s.subscription_id AND n.id = s.connection_id
      JOIN check_definition k ON k.subscription_id = s.subscription_id AND k.id = s.check_id
      LEFT JOIN asset_source v ON v.subscription_id = s.subscription_id AND v.asset_id = s.asset_id
        AND v.connection_id = s.connection_id
      WHERE s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id AND s.fingerprint = f.fingerprint
    ) t
    WHERE f.subscription_id = ${subscriptionId}
    ORDER BY a.name, f.cve_id, c.vendor_id, f.port, f.instance`.execute(db.write);
  return rows;
}
