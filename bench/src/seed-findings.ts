import type { Database } from "@breakwater/server/db/index";
import { sql } from "kysely";

const FINDINGS_PER_ASSET = 10;
const CHECKS = 3000;
const TAGS = 20;
/** One asset in so many has the tag `Rare`. */
const RARE_TAG_EVERY = 10_000;
const ADVISORIES = 200;
const DETECTIONS_PER_HOST = 2;
/** Rows per statement: keeps the memory of a statement's triggers small. */
const BATCH_ASSETS = 20_000;

export type SeededFindings = { subscriptionId: number; assets: number; findings: number; detections: number };

/**
 * Fills a subscription with findings, ten to an asset, all assets OT hosts with detections too; set-based and the same at
 * every run. Texts have the size of real ones: 560 bytes of description, 300 of evidence. Of the tags, `Plant 1` to
 * `Plant 20` are on a tenth of the assets each, and `Rare` on one in ten thousand.
 */
export async function seedFindings(
  db: Database,
  options: { findings: number; subscriptionId: number },
): Promise<SeededFindings> {
  const { subscriptionId } = options;
  const assets = Math.max(1, Math.round(options.findings / FINDINGS_PER_ASSET));
  await seedDictionary(db, subscriptionId);
  for (let first = 1; first <= assets; first += BATCH_ASSETS) {
    const range = { first, last: Math.min(first + BATCH_ASSETS - 1, assets) };
    await seedAssets(db, subscriptionId, range);
    await seedFindingRows(db, subscriptionId, range);
    await seedDetections(db, subscriptionId, range);
  }
  // As autovacuum leaves it: index-only scans find what is visible to all.
  await sql`VACUUM (ANALYZE)`.execute(db.write);
  return {
    subscriptionId,
    assets,
    findings: assets * FINDINGS_PER_ASSET,
    detections: assets * DETECTIONS_PER_HOST,
  };
}

async function seedDictionary(db: Database, subscriptionId: number): Promise<void> {
  await sql`INSERT INTO connection (subscription_id, name, product) VALUES (${subscriptionId}, 'Plant scanner', 'Nessus')`.execute(
    db.write,
  );
  await sql`INSERT INTO tag (subscription_id, name)
    SELECT ${subscriptionId}, CASE WHEN n > ${TAGS} THEN 'Rare' ELSE 'Plant ' || n END
    FROM generate_series(1, ${TAGS} + 1) n`.execute(db.write);
  await sql`INSERT INTO check_definition (subscription_id, product, vendor_id, digest, described_at, title, description,
      solution, severity, source_severity, family, cve_ids, cvss, cvss_base, is_exploit_available, is_patch_available)
    SELECT ${subscriptionId}, 'Nessus', (10000 + n)::text, '', '2026-01-01',
      'Vendor ' || n % 97 || ' product ' || n % 389 || ' remote code execution (' || n || ')',
      repeat('The installed version is affected by a flaw in a parser. ', 10), 'Upgrade.', 1 + n % 5, 'High',
      'Family ' || n % 40, ARRAY['CVE-2025-' || 10000 + n],
      jsonb_build_array(jsonb_build_object('version', '3.1', 'vector', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
                                           'score', (n % 100) / 10.0)), (n % 100) / 10.0, n % 3 = 0, n % 2 = 0
    FROM generate_series(1, ${CHECKS}) n`.execute(db.write);
  await sql`INSERT INTO cve_knowledge (cve_id, epss, kev_added_on, ssvc_exploitation, published_at)
    SELECT 'CVE-2025-' || 10000 + n, (n * 7919 % 1000) / 1000.0, CASE WHEN n % 50 = 0 THEN date '2026-01-01' END,
      (ARRAY['none', 'poc', 'active'])[1 + n % 3], timestamptz '2025-01-01' + n * interval '2 hours'
    FROM generate_series(1, ${CHECKS}) n ON CONFLICT DO NOTHING`.execute(db.write);
  await sql`INSERT INTO ot_advisory (subscription_id, id, qid, title, url, publisher, version, is_final, released_at,
      updated_at, impact, digest, vulnerabilities, cve_ids, imported_at)
    SELECT ${subscriptionId}, 'ADV-' || n, 9000000 + n, 'Vendor ' || n % 12 || ' controllers: denial of service (' || n || ')',
      'https://advisories.example/' || n, 'Vendor ' || n % 12, '1.0', true, timestamptz '2025-01-01' + n * interval '1 day',
      timestamptz '2025-01-01' + n * interval '1 day', 'The device stops answering.', '', '[]',
      ARRAY['CVE-2025-' || 10000 + n], '2026-01-01'
    FROM generate_series(1, ${ADVISORIES}) n`.execute(db.write);
}

type AssetRange = { first: number; last: number };

async function seedAssets(db: Database, subscriptionId: number, { first, last }: AssetRange): Promise<void> {
  await sql`
    WITH tags AS (SELECT array_agg(id ORDER BY id) AS ids FROM tag WHERE subscription_id = ${subscriptionId}
      AND name <> 'Rare'),
    rare AS (SELECT id FROM tag WHERE subscription_id = ${subscriptionId} AND name = 'Rare'),
    added AS (
      INSERT INTO asset (subscription_id, id, name, operating_system, ip_addresses, mac_addresses, host_names, sources,
        tag_ids, criticality, is_ot, risk, finding_count, created_at, updated_at)
      OVERRIDING SYSTEM VALUE
      SELECT ${subscriptionId}, n, 'plc-' || n || '.plant.example', 'Firmware ' || n % 50,
        ARRAY[('10.0.0.0'::inet + n)], ARRAY['00:1d:9c:' || lpad(to_hex(n / 65536), 2, '0') || ':' ||
          lpad(to_hex(n / 256 % 256), 2, '0') || ':' || lpad(to_hex(n % 256), 2, '0')],
        ARRAY['plc-' || n || '.plant.example'], ARRAY['Nessus'],
        ARRAY[tags.ids[1 + n % ${TAGS}], tags.ids[1 + n / 7 % ${TAGS}]]
          || CASE WHEN n % ${RARE_TAG_EVERY} = 3 THEN ARRAY[rare.id] ELSE '{}' END, 1 + n % 5, true, n * 37 % 1001,
        ${FINDINGS_PER_ASSET}, timestamptz '2026-01-01' + n * interval '1 second', timestamptz '2026-05-01'
      FROM generate_series(${first}::int, ${last}::int) n, tags, rare
      RETURNING id
    ), looks AS (
      INSERT INTO asset_source (subscription_id, asset_id, connection_id, seen_at, first_seen_at, digest, has_fresh)
      SELECT ${subscriptionId}, added.id, connection.id, '2026-05-01', '2026-01-01', '', false FROM added, connection
      WHERE connection.subscription_id = ${subscriptionId}
    )
    INSERT INTO ot_host (subscription_id, asset_id, manufacturer, type, category, family, model, serial_number,
      firmware_version, purdue_level, created_in, inventory)
    SELECT ${subscriptionId}, id, 'Manufacturer ' || id % 12, 'Programmable Logic Controller (PLC)', 'Controller',
      'Family ' || id % 30, 'Model ' || id % 300, 'SN' || id, id % 9 || '.' || id % 5, id % 4, gen_random_uuid(),
      '[{"source":"Passive Sensor","created":"2026-01-01T00:00:00.000Z","lastUpdated":"2026-05-01T00:00:00.000Z"}]'
    FROM added`.execute(db.write);
}

async function seedFindingRows(db: Database, subscriptionId: number, { first, last }: AssetRange): Promise<void> {
  await sql`
    WITH checks AS (SELECT array_agg(id ORDER BY id) AS ids FROM check_definition WHERE subscription_id = ${subscriptionId}),
    added AS (
      INSERT INTO finding (subscription_id, asset_id, fingerprint, check_id, cve_id, severity, qds, status, category, port,
        protocol, first_found, last_found, last_fixed, reopened_at)
      SELECT ${subscriptionId}, a, md5(a || '/' || k)::uuid, checks.ids[1 + (a * 13 + k * 997) % ${CHECKS}],
        'CVE-2025-' || 10001 + (a * 13 + k * 997) % ${CHECKS}, 1 + (a + k) % 5, 1 + (a * 7 + k * 31) % 100,
        (ARRAY['NEW', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'REOPENED', 'FIXED'])[1 + (a + k) % 6], 'VULNERABILITY',
        (ARRAY[22, 80, 443, 502, 8080])[1 + k % 5], 'tcp', timestamptz '2026-01-01' + a * interval '1 second',
        timestamptz '2026-05-01', CASE WHEN (a + k) % 6 = 5 THEN timestamptz '2026-05-01' - a * interval '1 second' END,
        CASE WHEN (a + k) % 6 = 4 THEN timestamptz '2026-04-01' - a * interval '1 second' END
      FROM generate_series(${first}::int, ${last}::int) a, generate_series(1, ${FINDINGS_PER_ASSET}) k, checks
      RETURNING asset_id, fingerprint, check_id, status, severity
    )
    INSERT INTO finding_source (subscription_id, asset_id, fingerprint, connection_id, check_id, is_present, first_seen,
      last_seen, severity, evidence)
    SELECT ${subscriptionId}, f.asset_id, f.fingerprint, n.id, f.check_id, f.status <> 'FIXED', '2026-01-01', '2026-05-01',
      f.severity, 'Path: /opt/product/' || f.asset_id || repeat(E'\n  Installed version : 1.2.3', 10)
    FROM added f, connection n WHERE n.subscription_id = ${subscriptionId}`.execute(db.write);
}

/** The first of a host's detections stands for two of its findings, the second for one. */
async function seedDetections(db: Database, subscriptionId: number, { first, last }: AssetRange): Promise<void> {
  await sql`INSERT INTO ot_detection_text (subscription_id, digest, threat, solution) VALUES (${subscriptionId},
    md5('words')::uuid, 'An attacker in the network stops the device.', 'Update the firmware.') ON CONFLICT DO NOTHING`.execute(
    db.write,
  );
  await sql`INSERT INTO ot_detection (subscription_id, uuid, asset_id, advisory_id, is_confirmed, status, severity, cve_ids,
      fingerprints, cvss_base, cvss3_base, digest, evidence, first_detected, last_detected)
    SELECT ${subscriptionId}, md5('detection ' || a || '/' || k)::uuid, a, 'ADV-' || 1 + (a * 7 + k * 101) % ${ADVISORIES},
      (a + k) % 3 > 0, (ARRAY['NEW', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'FIXED'])[1 + (a + k) % 5], 1 + (a + k) % 5,
      ARRAY['CVE-2025-' || 10001 + (a * 7 + k * 101) % ${ADVISORIES}],
      CASE k WHEN 1 THEN ARRAY[md5(a || '/1')::uuid, md5(a || '/2')::uuid] ELSE ARRAY[md5(a || '/3')::uuid] END,
      (a % 100) / 10.0, (a % 100) / 10.0, md5('words')::uuid,
      jsonb_build_array(jsonb_build_object('cveId', 'CVE-2025-10001', 'verdict', 'affected', 'product', 'Model ' || a % 300)),
      timestamptz '2026-01-01' + a * interval '1 second', timestamptz '2026-05-01' + k * interval '1 hour'
    FROM generate_series(${first}::int, ${last}::int) a, generate_series(1, ${DETECTIONS_PER_HOST}) k`.execute(
    db.write,
  );
}
