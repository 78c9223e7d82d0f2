import type { TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "./index.ts";
import { openMigrated } from "./migrated-database.fixture.ts";

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  ({ database, db } = await openMigrated("0022", async (former) => {
    db = former;
    // Three hosts of one plant and one of another: two detections in the same words, one of unknown digest, one with a history.
    await sql`
      INSERT INTO subscription (name) VALUES ('one'), ('other');
      INSERT INTO asset (subscription_id, name, is_ot, created_at, updated_at)
        SELECT s, 'plc', true, now(), now() FROM unnest(ARRAY[1, 1, 1, 2]) AS s;
      INSERT INTO ot_host (subscription_id, asset_id, created_in) SELECT subscription_id, id, gen_random_uuid() FROM asset;
      INSERT INTO ot_detection (subscription_id, uuid, asset_id, advisory_id, is_confirmed, status, severity, cve_ids,
          fingerprints, threat, solution, evidence, first_detected, last_detected, digest)
        SELECT subscription_id, md5(id::text)::uuid, id, 'ADV-1', true, 'NEW', 3, '{}', '{}',
          CASE WHEN id = 3 THEN 'Another threat' ELSE 'It stops' END, 'Update', '[]', now(), now(),
          CASE WHEN id <> 3 THEN md5('words')::uuid END FROM asset;
      INSERT INTO ot_detection_event (subscription_id, detection_uuid, at, status, type_detected, cve_ids)
        SELECT subscription_id, uuid, now(), 'NEW', 'Confirmed', '{}' FROM ot_detection`.execute(db.write);
  }));
});
afterAll(() => database?.drop());

async function read<Row>(text: string): Promise<Row[]> {
  return (await sql<Row>`${sql.raw(text)}`.execute(db.read)).rows;
}

test("each detection keeps what it says, and what several say is stored once", async () => {
  expect(
    await read(`SELECT d.asset_id AS asset, w.threat, w.solution FROM ot_detection d
      JOIN ot_detection_text w ON w.subscription_id = d.subscription_id AND w.digest = d.digest ORDER BY 1`),
  ).toEqual([
    { asset: 1, threat: "It stops", solution: "Update" },
    { asset: 2, threat: "It stops", solution: "Update" },
    { asset: 3, threat: "Another threat", solution: "Update" },
    { asset: 4, threat: "It stops", solution: "Update" },
  ]);
  expect(
    await read("SELECT subscription_id AS s, count(*) AS texts FROM ot_detection_text GROUP BY 1 ORDER BY 1"),
  ).toEqual([
    { s: 1, texts: 2 },
    { s: 2, texts: 1 },
  ]);
});

test("the detections of a host go with it, and their history with them", async () => {
  await sql`DELETE FROM asset WHERE subscription_id = 1 AND id = 2`.execute(db.write);
  const left = "SELECT subscription_id AS s, count(*) AS rows FROM";
  for (const table of ["ot_detection", "ot_detection_event"])
    expect(await read(`${left} ${table} GROUP BY 1 ORDER BY 1`)).toEqual([
      { s: 1, rows: 2 },
      { s: 2, rows: 1 },
    ]);
  await sql`DELETE FROM subscription WHERE id = 1`.execute(db.write);
  for (const table of ["ot_detection", "ot_detection_event", "ot_detection_text"])
    expect(await read(`${left} ${table} GROUP BY 1 ORDER BY 1`)).toEqual([{ s: 2, rows: 1 }]);
});
