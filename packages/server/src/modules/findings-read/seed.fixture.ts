import { bestCvss, type CvssInput } from "@breakwater/domain/risk/index";
import { sql } from "kysely";
import type { Database } from "../../db/pool.ts";
import type { Remarks } from "../findings/remarks.ts";

/** A small world of findings as a test states it; ids are indexes from 1, times epoch ms. */
export type World = {
  tags: string[];
  connections: string[];
  checks: WorldCheck[];
  assets: WorldAsset[];
  findings: WorldFinding[];
  /** Of the whole installation; absent: as it is. */
  knowledge?: WorldKnowledge;
};

export type WorldKnowledge = {
  isKevLoaded: boolean;
  /** By CVE. */
  cves: Record<
    string,
    { isListed: boolean; isRansomware: boolean; epss: number | null; ssvc: string | null; cvss?: WorldCheck["cvss"] }
  >;
};

export type WorldCheck = {
  product: string;
  vendorId: string;
  title: string;
  description: string;
  family: string | null;
  cvss: { version: string; vector: string | null; score: number | null }[];
  isPatchAvailable: boolean | null;
  isVendorPatchable?: boolean | null;
};

export type WorldAsset = {
  name: string;
  tagIds: number[];
  risk: number;
  criticality: number;
  ipAddresses: string[];
  macAddresses: string[];
  hostNames: string[];
  cloudProvider?: string | null;
  /** When each connection last looked, by connection index from 0; null: never. */
  seenAt: (number | null)[];
};

export type WorldFinding = {
  assetId: number;
  checkId: number;
  cveId: string | null;
  severity: number;
  qds: number;
  /** Accepted until then, epoch ms; null: not accepted. Absent: not accepted. */
  acceptedUntil?: number | null;
  status: string;
  category: string;
  port: number | null;
  protocol: string | null;
  instance: string | null;
  firstFound: number;
  lastFound: number;
  lastFixed: number | null;
  reopened: number | null;
  sources: WorldSource[];
};

export type WorldSource = {
  connectionId: number;
  checkId: number;
  isPresent: boolean;
  told?: Remarks | null;
  firstSeen: number;
  lastSeen: number;
  /** The source's own dates. */
  toldFirst?: number | null;
  toldLast?: number | null;
  severity: number;
  evidence: string;
};

/** What the database called things: real ids by index. */
export type Seeded = { subscriptionId: number; tagIds: number[]; assetIds: number[]; findingIds: number[] };

/** Puts a world into a subscription: one that is empty, or a new one. */
export async function seedWorld(db: Database, world: World, emptyId?: number): Promise<Seeded> {
  const subscriptionId = emptyId ?? (await insertSubscription(db));
  const tagIds = await insertTags(db, subscriptionId, world.tags);
  const connectionIds = await insertConnections(db, subscriptionId, world.connections);
  const checkIds = await insertChecks(db, subscriptionId, world.checks);
  const assetIds = await insertAssets(db, subscriptionId, world.assets, tagIds);
  await insertLooks(db, subscriptionId, world.assets, assetIds, connectionIds);
  const findingIds = await insertFindings(db, subscriptionId, world.findings, { assetIds, checkIds });
  await insertSources(db, subscriptionId, world.findings, { assetIds, checkIds, connectionIds });
  await insertAcceptances(db, subscriptionId, world.findings, findingIds);
  if (world.knowledge) await replaceKnowledge(db, world.knowledge);
  return { subscriptionId, tagIds, assetIds, findingIds };
}

async function insertSubscription(db: Database): Promise<number> {
  const rows = await insert<{ id: number }>(db, sql`INSERT INTO subscription (name) VALUES ('world') RETURNING id`);
  return rows[0]!.id;
}

async function insert<Row>(db: Database, statement: ReturnType<typeof sql<Row>>): Promise<Row[]> {
  return (await statement.execute(db.write)).rows;
}

type Numbered = { n: number; id: number };
const toIds = (rows: Numbered[]) => rows.sort((a, b) => a.n - b.n).map((row) => row.id);
const number = <T extends object>(items: readonly T[]) => JSON.stringify(items.map((item, n) => ({ n, ...item })));

async function insertTags(db: Database, subscriptionId: number, tags: string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const name of tags) {
    const rows = await insert<{ id: number }>(
      db,
      sql`INSERT INTO tag (subscription_id, name) VALUES (${subscriptionId}, ${name}) RETURNING id`,
    );
    ids.push(rows[0]!.id);
  }
  return ids;
}

async function insertConnections(db: Database, subscriptionId: number, names: string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const name of names) {
    const rows = await insert<{ id: number }>(
      db,
      sql`INSERT INTO connection (subscription_id, name, product) VALUES (${subscriptionId}, ${name}, 'any') RETURNING id`,
    );
    ids.push(rows[0]!.id);
  }
  return ids;
}

async function insertChecks(db: Database, subscriptionId: number, checks: WorldCheck[]): Promise<number[]> {
  const input = checks.map((check) => ({ ...check, cvssBase: bestCvss(check.cvss as CvssInput[])?.score ?? null }));
  const rows = await insert<Numbered>(
    db,
    sql`WITH input AS (
      SELECT * FROM jsonb_to_recordset(${number(input)}::jsonb) AS x(n integer, product text, "vendorId" text, title text,
        description text, family text, cvss jsonb, "cvssBase" double precision, "isPatchAvailable" boolean, "isVendorPatchable" boolean)
    ), added AS (
      INSERT INTO check_definition (subscription_id, product, vendor_id, digest, described_at, title, description, solution, severity,
        source_severity, family, cvss, cvss_base, is_patch_available, is_vendor_patchable)
      SELECT ${subscriptionId}, product, "vendorId", '', now(), title, description, '', 3, 'Medium', family, cvss,
        "cvssBase", "isPatchAvailable", "isVendorPatchable"
      FROM input RETURNING id, product, vendor_id
    ) SELECT input.n, added.id FROM input JOIN added ON added.product = input.product AND added.vendor_id = input."vendorId"`,
  );
  return toIds(rows);
}

async function insertAssets(db: Database, subscriptionId: number, assets: WorldAsset[], tagIds: number[]) {
  const input = assets.map((asset) => ({ ...asset, tagIds: asset.tagIds.map((id) => tagIds[id - 1]) }));
  const rows = await insert<Numbered>(
    db,
    sql`WITH input AS (
      SELECT x.*, gen_random_uuid() AS uuid FROM jsonb_to_recordset(${number(input)}::jsonb) AS x(n integer, name text,
        "tagIds" integer[], risk smallint, criticality smallint, "ipAddresses" inet[], "macAddresses" text[], "hostNames" text[],
        "cloudProvider" text)
    ), added AS (
      INSERT INTO asset (subscription_id, uuid, name, tag_ids, risk, criticality, ip_addresses, mac_addresses, host_names,
        cloud_provider, created_at, updated_at)
      SELECT ${subscriptionId}, uuid, name, "tagIds", risk, criticality, "ipAddresses", "macAddresses", "hostNames", "cloudProvider", now(), now()
      FROM input RETURNING id, uuid
    ) SELECT input.n, added.id FROM input JOIN added USING (uuid)`,
  );
  return toIds(rows);
}

async function insertLooks(
  db: Database,
  subscriptionId: number,
  assets: WorldAsset[],
  assetIds: number[],
  connectionIds: number[],
): Promise<void> {
  const looks = assets.flatMap((asset, index) =>
    asset.seenAt.flatMap((at, connection) =>
      at === null ? [] : [{ asset: assetIds[index], connection: connectionIds[connection], at: new Date(at) }],
    ),
  );
  await sql`INSERT INTO asset_source (subscription_id, asset_id, connection_id, seen_at, first_seen_at, digest, has_fresh)
    SELECT ${subscriptionId}, asset, connection, at, at, '', false FROM jsonb_to_recordset(${JSON.stringify(looks)}::jsonb)
      AS x(asset bigint, connection integer, at timestamptz)`.execute(db.write);
}

const fingerprint = (n: number) =>
  `00000000-0000-4000-8000-${((n * 2654435761) % 2 ** 32).toString(16).padStart(12, "0")}`;
const toDate = (ms: number | null) => (ms === null ? null : new Date(ms));

async function insertFindings(
  db: Database,
  subscriptionId: number,
  findings: WorldFinding[],
  ids: { assetIds: number[]; checkIds: number[] },
): Promise<number[]> {
  const input = findings.map((finding, n) => ({
    ...finding,
    sources: undefined,
    assetId: ids.assetIds[finding.assetId - 1],
    checkId: ids.checkIds[finding.checkId - 1],
    fingerprint: fingerprint(n),
    firstFound: toDate(finding.firstFound),
    lastFound: toDate(finding.lastFound),
    lastFixed: toDate(finding.lastFixed),
    reopened: toDate(finding.reopened),
  }));
  const rows = await insert<Numbered>(
    db,
    sql`WITH input AS (
      SELECT * FROM jsonb_to_recordset(${number(input)}::jsonb) AS x(n integer, "assetId" bigint, "checkId" bigint,
        fingerprint uuid, "cveId" text, severity smallint, qds smallint, status text, category text, port integer,
        protocol text, instance text, "firstFound" timestamptz, "lastFound" timestamptz, "lastFixed" timestamptz,
        reopened timestamptz)
    ), added AS (
      INSERT INTO finding (subscription_id, asset_id, fingerprint, check_id, cve_id, severity, qds, status, category, port,
        protocol, instance, first_found, last_found, last_fixed, reopened_at)
      SELECT ${subscriptionId}, "assetId", fingerprint, "checkId", "cveId", severity, qds, status, category, port, protocol,
        instance, "firstFound", "lastFound", "lastFixed", reopened FROM input RETURNING id, asset_id, fingerprint
    ) SELECT input.n, added.id FROM input JOIN added ON added.asset_id = input."assetId" AND added.fingerprint = input.fingerprint`,
  );
  return toIds(rows);
}

async function insertSources(
  db: Database,
  subscriptionId: number,
  findings: WorldFinding[],
  ids: { assetIds: number[]; checkIds: number[]; connectionIds: number[] },
): Promise<void> {
  const sources = findings.flatMap((finding, n) =>
    finding.sources.map((source) => ({
      ...source,
      assetId: ids.assetIds[finding.assetId - 1],
      fingerprint: fingerprint(n),
      connectionId: ids.connectionIds[source.connectionId - 1],
      checkId: ids.checkIds[source.checkId - 1],
      firstSeen: toDate(source.firstSeen),
      lastSeen: toDate(source.lastSeen),
      toldFirst: toDate(source.toldFirst ?? null),
      toldLast: toDate(source.toldLast ?? null),
    })),
  );
  await sql`INSERT INTO finding_source (subscription_id, asset_id, fingerprint, connection_id, check_id, is_present,
      first_seen, last_seen, told_first, told_last, told, severity, evidence)
    SELECT ${subscriptionId}, "assetId", fingerprint, "connectionId", "checkId", "isPresent", "firstSeen", "lastSeen",
      "toldFirst", "toldLast", told, severity, evidence FROM jsonb_to_recordset(${JSON.stringify(sources)}::jsonb) AS x("assetId" bigint, fingerprint uuid,
      "connectionId" integer, "checkId" bigint, "isPresent" boolean, "firstSeen" timestamptz, "lastSeen" timestamptz,
      "toldFirst" timestamptz, "toldLast" timestamptz, told jsonb, severity smallint, evidence text)`.execute(db.write);
}

async function insertAcceptances(
  db: Database,
  subscriptionId: number,
  findings: WorldFinding[],
  findingIds: number[],
): Promise<void> {
  const rows = findings.flatMap(({ acceptedUntil }, index) =>
    acceptedUntil == null ? [] : [{ id: findingIds[index], until: new Date(acceptedUntil) }],
  );
  if (rows.length === 0) return;
  await sql`WITH x AS (SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS x(id bigint, until timestamptz)),
    marked AS (UPDATE finding f SET is_accepted = true FROM x WHERE f.subscription_id = ${subscriptionId} AND f.id = x.id)
    INSERT INTO risk_acceptance (subscription_id, finding_id, reason, reason_type, created_by, created_at, end_at)
    SELECT ${subscriptionId}, id, 'because', 'False positive', 'test', now(), until FROM x`.execute(db.write);
}

async function replaceKnowledge(db: Database, { isKevLoaded, cves }: WorldKnowledge): Promise<void> {
  await sql`DELETE FROM cve_knowledge`.execute(db.write);
  await sql`DELETE FROM knowledge_feed`.execute(db.write);
  if (isKevLoaded) {
    await sql`INSERT INTO knowledge_feed (kind, source, loaded_at, records, changed, is_complete, whole_at)
      VALUES ('kev', 'CISA KEV', now(), 0, 0, true, now())`.execute(db.write);
  }
  const rows = Object.entries(cves).map(([cveId, one]) => ({
    ...{ cveId, ...one, isListed: one.isListed && isKevLoaded },
    cvssBase: bestCvss((one.cvss ?? []) as CvssInput[])?.score ?? null,
  }));
  await sql`INSERT INTO cve_knowledge (cve_id, kev_added_on, is_ransomware, epss, ssvc_exploitation, cvss, cvss_base)
    SELECT "cveId", CASE WHEN "isListed" THEN date '2025-01-01' END, CASE WHEN "isListed" AND "isRansomware" THEN true END,
      epss, ssvc, coalesce(cvss, '[]'), "cvssBase"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS x("cveId" text, "isListed" boolean, "isRansomware" boolean,
      epss double precision, ssvc text, cvss jsonb, "cvssBase" double precision)`.execute(db.write);
}
