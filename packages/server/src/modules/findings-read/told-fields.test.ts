import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, scopeTo } from "../../db/index.ts";
import { seedWorld } from "./seed.fixture.ts";
import { findingTables, matchingFindings } from "./select-findings.ts";
import { anyWorld, WORLD_NOW_MS } from "./world.fixture.ts";

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

/** A detection of the advisory matching, which makes some findings: by index, of those on its asset. */
type Detection = { assetId: number; isConfirmed: boolean; isFixed: boolean; makes: number[] };
const detections: fc.Arbitrary<Detection[]> = fc.uniqueArray(
  fc.record({
    assetId: fc.integer({ min: 1, max: 3 }),
    isConfirmed: fc.boolean(),
    isFixed: fc.boolean(),
    makes: fc.uniqueArray(fc.nat({ max: 3 }), { maxLength: 3 }),
  }),
  { selector: ({ assetId, isConfirmed, isFixed }) => `${assetId} ${isConfirmed} ${isFixed}`, maxLength: 8 },
);

async function addDetections(subscriptionId: number, assetIds: readonly number[], made: readonly Detection[]) {
  for (const [index, { assetId, isConfirmed, isFixed, makes }] of made.entries()) {
    const asset = assetIds[assetId - 1];
    if (asset === undefined) continue;
    await sql`INSERT INTO ot_host (subscription_id, asset_id, created_in) VALUES (${subscriptionId}, ${asset}, gen_random_uuid()) ON CONFLICT DO NOTHING`.execute(
      db.write,
    );
    await sql`INSERT INTO ot_detection (subscription_id, asset_id, advisory_id, is_confirmed, status, severity, cve_ids, fingerprints,
        digest, evidence, first_detected, last_detected)
      SELECT ${subscriptionId}, ${asset}::bigint, ${`A${index}`}, ${isConfirmed}, ${isFixed ? "FIXED" : "ACTIVE"}, 3, '{}',
        coalesce(array_agg(f.fingerprint) FILTER (WHERE f.place = ANY (${makes}::int[])), '{}'), gen_random_uuid(), '[]', now(), now()
      FROM (SELECT fingerprint, row_number() OVER (ORDER BY id)::int - 1 AS place FROM finding
        WHERE subscription_id = ${subscriptionId} AND asset_id = ${asset}::bigint) f`.execute(db.write);
  }
}

type Words = { isDisabled?: boolean; isIgnored?: boolean; typeDetected?: string };
type Found = {
  id: number;
  isAccepted: boolean;
  words: Words[];
  detections: { isConfirmed: boolean; isFixed: boolean }[];
};

/** Findings with the words that count and their detections, as they are stored. */
async function readAll(subscriptionId: number): Promise<Found[]> {
  const { rows } = await sql<Found>`
    SELECT f.id, EXISTS (SELECT FROM risk_acceptance r WHERE r.finding_id = f.id AND r.closed_at IS NULL
        AND (r.end_at IS NULL OR r.end_at > ${new Date(WORLD_NOW_MS)})) AS "isAccepted",
      coalesce((SELECT json_agg(s.told) FROM finding_source s WHERE s.asset_id = f.asset_id AND s.fingerprint = f.fingerprint
        AND s.subscription_id = f.subscription_id AND s.told IS NOT NULL AND (s.is_present OR f.status = 'FIXED')), '[]') AS words,
      coalesce((SELECT json_agg(json_build_object('isConfirmed', d.is_confirmed, 'isFixed', d.status = 'FIXED'))
        FROM ot_detection d WHERE d.asset_id = f.asset_id AND f.fingerprint = ANY (d.fingerprints)), '[]') AS detections
    FROM finding f WHERE f.subscription_id = ${subscriptionId} ORDER BY f.id`.execute(db.read);
  return rows;
}

/** Of each query, whether a finding is found. */
const QUERIES: Readonly<Record<string, (found: Found) => boolean>> = {
  "finding.isIgnored:true": isIgnored,
  "finding.isIgnored:false": (found) => !isIgnored(found),
  "NOT finding.isIgnored:true": (found) => !isIgnored(found),
  "finding.isDisabled:true": (found) => isDisabled(found) === true,
  "finding.isDisabled:false": (found) => isDisabled(found) === false,
  "NOT finding.isDisabled:false": (found) => isDisabled(found) !== false,
  "finding.isDisabled is null": (found) => isDisabled(found) === null,
  "finding.typeDetected:Confirmed": (found) => typesOf(found).includes("Confirmed"),
  "finding.typeDetected:Potential": (found) => typesOf(found).includes("Potential"),
  "NOT finding.typeDetected:Confirmed": (found) => !typesOf(found).includes("Confirmed"),
  "finding.typeDetected is null": (found) => typesOf(found).length === 0,
  "finding.isDisabled:true OR finding.typeDetected:Potential": (found) =>
    isDisabled(found) === true || typesOf(found).includes("Potential"),
};

function isIgnored({ isAccepted, words }: Found): boolean {
  return isAccepted || words.some((word) => word.isIgnored);
}

function isDisabled({ words }: Found): boolean | null {
  const told = words.flatMap((word) => word.isDisabled ?? []);
  return told.length === 0 ? null : told.includes(true);
}

function typesOf({ detections: all, words }: Found): string[] {
  const open = all.filter(({ isFixed }) => !isFixed);
  const counting = open.length > 0 ? open : all;
  if (counting.length > 0) return [counting.some(({ isConfirmed }) => isConfirmed) ? "Confirmed" : "Potential"];
  return words.flatMap(({ typeDetected }) => typeDetected ?? []);
}

test("what sources and detections tell of findings finds those of which it is told", async () => {
  await fc.assert(
    fc.asyncProperty(anyWorld, detections, async (world, made) => {
      const { subscriptionId, assetIds } = await seedWorld(db, world);
      await addDetections(subscriptionId, assetIds, made);
      const all = await readAll(subscriptionId);
      const scoped = scopeTo(db, { subscriptionId, scope: { kind: "all" } });
      for (const [findingsQql, isFound] of Object.entries(QUERIES)) {
        const matches = matchingFindings(scoped, { findingsQql, assetQql: "" }, new Date(WORLD_NOW_MS));
        const { rows } = await sql<{
          id: number;
        }>`SELECT f.id FROM ${findingTables} WHERE ${matches} ORDER BY 1`.execute(db.read);
        expect([findingsQql, rows]).toEqual([findingsQql, all.filter(isFound).map(({ id }) => ({ id }))]);
      }
    }),
    { numRuns: 25 },
  );
});
