import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { type ControlledTransaction, type RawBuilder, sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findWrongTotals } from "./kept-total.fixture.ts";
import type { Database } from "./pool.ts";

const WRITERS = 3;
const SUBSCRIPTIONS = 2;

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
  await sql`INSERT INTO subscription (name) VALUES ('one'), ('other')`.execute(db.write);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const assetsOf = (writer: number, rows: number) => sql`INSERT INTO asset (subscription_id, name, created_at, updated_at)
  SELECT 1 + n % ${SUBSCRIPTIONS}, ${`of ${writer}`}, now(), now() FROM generate_series(1, ${rows}::int) n`;
const findingsOf = (
  writer: number,
  rows: number,
) => sql`INSERT INTO finding (subscription_id, asset_id, fingerprint, check_id,
    severity, qds, status, category, first_found, last_found)
  SELECT 1 + n % ${SUBSCRIPTIONS}, ${writer}::int, lpad(to_hex(n % 9), 32, '0')::uuid, 1, 3, 50, 'NEW', 'VULNERABILITY', now(), now()
  FROM generate_series(1, ${rows}::int) n`;
const isOf = (writer: number) => sql`asset_id = ${writer}`;

/** What a transaction does to rows of its own; `rows` tells how many, some of which may be there already. */
const CHANGES: Readonly<Record<string, (writer: number, rows: number) => RawBuilder<unknown>>> = {
  assets: assetsOf,
  fewerAssets: (writer, rows) => sql`DELETE FROM asset WHERE id IN (SELECT id FROM asset
    WHERE name = ${`of ${writer}`} ORDER BY id LIMIT ${rows})`,
  findings: (writer, rows) => sql`${findingsOf(writer, rows)} ON CONFLICT DO NOTHING`,
  toldAgain: (writer, rows) => sql`${findingsOf(writer, rows)}
    ON CONFLICT (subscription_id, asset_id, fingerprint) DO UPDATE SET status = 'ACTIVE'`,
  fewerFindings: (writer, rows) => sql`DELETE FROM finding WHERE ${isOf(writer)} AND fingerprint IN
    (SELECT fingerprint FROM finding WHERE ${isOf(writer)} ORDER BY fingerprint LIMIT ${rows})`,
  moved: (writer) => sql`UPDATE finding SET fingerprint = md5(id::text)::uuid WHERE ${isOf(writer)}`,
  exchanged: (writer, rows) => sql`WITH gone AS (DELETE FROM finding WHERE ${isOf(writer)} RETURNING 1),
    more AS (${assetsOf(writer, rows)} RETURNING 1) SELECT`,
  nothing: (writer) => sql`DELETE FROM finding WHERE ${isOf(writer)} AND false`,
};

type Step = { writer: number; rows: number; does: string };
const step: fc.Arbitrary<Step> = fc.record({
  writer: fc.nat({ max: WRITERS - 1 }),
  rows: fc.integer({ min: 0, max: 12 }),
  does: fc.oneof(fc.constantFrom(...Object.keys(CHANGES)), fc.constantFrom("tried", "commit", "commit", "rollback")),
});

async function take(trx: ControlledTransaction<unknown>, { writer, rows, does }: Step): Promise<void> {
  if (does === "tried") {
    await sql`SAVEPOINT tried`.execute(trx);
    await findingsOf(writer, 1)
      .execute(trx)
      .catch(() => undefined);
    await assetsOf(writer, rows)
      .execute(trx)
      .catch(() => undefined);
    await sql`ROLLBACK TO tried`.execute(trx);
  }
  await CHANGES[does]?.(writer, rows).execute(trx);
  expect([does, await findWrongTotals(trx)]).toEqual([does, []]);
}

test("kept totals are those of the rows, in every transaction and in every snapshot, whoever writes at once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const open = new Map<number, ControlledTransaction<unknown>>();
      const former = await db.read.startTransaction().setIsolationLevel("repeatable read").execute();
      expect(await findWrongTotals(former)).toEqual([]);
      for (const one of steps) {
        const own = open.get(one.writer) ?? (await db.write.startTransaction().execute());
        open.set(one.writer, own);
        await take(own, one);
        if (one.does === "commit") await own.commit().execute();
        if (one.does === "rollback") await own.rollback().execute();
        if (one.does === "commit" || one.does === "rollback") open.delete(one.writer);
        expect([one, await findWrongTotals(db.read)]).toEqual([one, []]);
        expect([one, await findWrongTotals(former)]).toEqual([one, []]);
      }
      for (const trx of open.values()) await trx.rollback().execute();
      await former.rollback().execute();
    }),
    { numRuns: 40 },
  );
  await sql`TRUNCATE finding CASCADE`.execute(db.write);
  expect(await findWrongTotals(db.read)).toEqual([]);
  const { rows } = await sql<{ rows: number }>`SELECT count(*) AS rows FROM row_total`.execute(db.read);
  expect(rows[0]!.rows).toBeLessThanOrEqual(WRITERS * SUBSCRIPTIONS);
});
