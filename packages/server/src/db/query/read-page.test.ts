import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../pool.ts";
import type { SortTerm } from "./compile-sort.ts";
import { countRows } from "./read-cut.ts";
import { readPage } from "./read-page.ts";
import type { PageSource } from "./select-pages.ts";

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

type Row = { id: number; risk: number };
type Act =
  | { kind: "add"; risk: number; count: number }
  | { kind: "change"; at: number; risk: number }
  | { kind: "remove"; at: number }
  | { kind: "undo"; at: number }
  | { kind: "count" }
  | { kind: "page"; pageNumber: number }
  | { kind: "crowd"; pageNumbers: number[]; isChanged: boolean }
  | { kind: "walk"; steps: number };

const risk = fc.integer({ min: 0, max: 3 });
const at = fc.nat();
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), risk, count: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ kind: fc.constant("change" as const), at, risk }),
  fc.record({ kind: fc.constant("remove" as const), at }),
  fc.record({ kind: fc.constant("undo" as const), at }),
  fc.record({ kind: fc.constant("count" as const) }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("page" as const), pageNumber: fc.nat({ max: 6 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("crowd" as const),
      pageNumbers: fc.array(fc.nat({ max: 14 }), { minLength: 2, maxLength: 10 }),
      isChanged: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("walk" as const), steps: fc.integer({ min: 2, max: 7 }) }) },
);

async function createSubscription(): Promise<number> {
  const { rows } = await sql<{ id: number }>`INSERT INTO subscription (name) VALUES ('pages') RETURNING id`.execute(
    db.write,
  );
  return rows[0]!.id;
}

function sourceOf(subscriptionId: number, direction: "asc" | "desc"): PageSource {
  const from = sql`asset a`;
  const where = sql<boolean>`a.subscription_id = ${subscriptionId}`;
  const terms: SortTerm[] = [
    { column: sql`a.risk`, direction, kind: "integer", isRequired: true },
    { column: sql`a.id`, direction, kind: "integer", isRequired: true },
  ];
  return { from, where, terms, id: sql`a.id`, one: { from, where } };
}

/** Does what an act says to the table and to the model. */
async function change(subscriptionId: number, model: Row[], act: Act): Promise<void> {
  if (act.kind === "add") {
    const { rows } = await sql<Row>`INSERT INTO asset (subscription_id, name, risk, created_at, updated_at)
      SELECT ${subscriptionId}, 'a', ${act.risk}::int, now(), now() FROM generate_series(1, ${act.count}::int)
      RETURNING id, risk`.execute(db.write);
    model.push(...rows);
    return;
  }
  if (!("at" in act) || model.length === 0) return;
  const index = act.at % model.length;
  const { id } = model[index]!;
  if (act.kind === "remove") {
    await sql`DELETE FROM asset WHERE subscription_id = ${subscriptionId} AND id = ${id}`.execute(db.write);
    model.splice(index, 1);
  } else if (act.kind === "change") {
    await sql`UPDATE asset SET risk = ${act.risk} WHERE subscription_id = ${subscriptionId} AND id = ${id}`.execute(
      db.write,
    );
    model[index]!.risk = act.risk;
  } else {
    // Begun, read by somebody else meanwhile, and given up.
    const trx = await db.write.startTransaction().execute();
    await sql`DELETE FROM asset WHERE subscription_id = ${subscriptionId}`.execute(trx);
    expect(await countRows(db.read, sourceOf(subscriptionId, "asc"))).toBe(model.length);
    await trx.rollback().execute();
  }
}

/** Many who ask for pages at once, while a row is added behind all others or before them: each page is of before or after that. */
async function readAtOnce(
  subscriptionId: number,
  model: Row[],
  source: PageSource,
  asked: { pageNumbers: number[]; isChanged: boolean; pageSize: number; sorted: () => number[] },
): Promise<void> {
  const { pageNumbers, pageSize, isChanged, sorted } = asked;
  const cut = (pageNumber: number) => ({
    ids: sorted().slice(pageNumber * pageSize, (pageNumber + 1) * pageSize),
    count: model.length,
  });
  const before = pageNumbers.map(cut);
  const reading = pageNumbers.map((pageNumber) => readPage<number>(db.read, source, { pageSize, pageNumber }));
  if (isChanged) await change(subscriptionId, model, { kind: "add", risk: 1, count: 1 });
  const pages = (await Promise.all(reading)).map(({ ids, count }) => ({ ids, count }));
  const after = pageNumbers.map(cut);
  for (const [index, page] of pages.entries()) expect([before[index], after[index]]).toContainEqual(page);
  const again = pageNumbers.map((pageNumber) => readPage<number>(db.read, source, { pageSize, pageNumber }));
  expect((await Promise.all(again)).map(({ ids, count }) => ({ ids, count }))).toEqual(after);
}

test("pages and totals are those of the moment, however they are asked for and whatever happens in between", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { maxLength: 25 }),
      fc.constantFrom("asc" as const, "desc" as const),
      fc.integer({ min: 1, max: 4 }),
      async (acts, direction, pageSize) => {
        const subscriptionId = await createSubscription();
        const source = sourceOf(subscriptionId, direction);
        const sign = direction === "asc" ? 1 : -1;
        const model: Row[] = [];
        for (const act of acts) {
          await change(subscriptionId, model, act);
          const sorted = () => model.toSorted((a, b) => sign * (a.risk - b.risk || a.id - b.id)).map(({ id }) => id);
          if (act.kind === "count") expect(await countRows(db.read, source)).toBe(model.length);
          if (act.kind === "page") {
            const { pageNumber } = act;
            const { ids, count } = await readPage<number>(db.read, source, { pageSize, pageNumber });
            expect(ids).toEqual(sorted().slice(pageNumber * pageSize, (pageNumber + 1) * pageSize));
            expect(count).toBe(model.length);
          }
          if (act.kind === "crowd") await readAtOnce(subscriptionId, model, source, { ...act, pageSize, sorted });
          if (act.kind === "walk") {
            let page = await readPage<number>(db.read, source, { pageSize, pageNumber: 0 });
            const walked = [...page.ids];
            for (let step = 1; step < act.steps && page.last; step++) {
              page = await readPage<number>(db.read, source, { pageSize, after: page.last });
              walked.push(...page.ids);
            }
            expect(walked).toEqual(sorted().slice(0, act.steps * pageSize));
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("who asks at once gets the same answer, and a change in between is not missed", async () => {
  const subscriptionId = await createSubscription();
  const source = sourceOf(subscriptionId, "asc");
  for (let round = 1; round <= 5; round++) {
    await change(subscriptionId, [], { kind: "add", risk: 1, count: 1 });
    const counts = await Promise.all(Array.from({ length: 8 }, () => countRows(db.read, source)));
    expect(counts).toEqual(Array.from({ length: 8 }, () => round));
  }
});

test("within a transaction its own changes count", async () => {
  const subscriptionId = await createSubscription();
  const source = sourceOf(subscriptionId, "asc");
  await db.write.transaction().execute(async (trx) => {
    for (const count of [1, 2]) {
      await sql`INSERT INTO asset (subscription_id, name, created_at, updated_at) VALUES (${subscriptionId}, 'a', now(), now())`.execute(
        trx,
      );
      expect((await readPage(trx, source, { pageSize: 5, pageNumber: 0 })).count).toBe(count);
    }
  });
});
