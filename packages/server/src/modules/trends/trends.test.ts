import { etmTrendGet } from "@breakwater/contract";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { Errors } from "typebox/value";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Scope } from "../../caller.ts";
import { toConfig } from "../../config/config.ts";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import {
  anyEntityStory,
  assetsOf,
  type EntityStory,
  type EntityWorld,
  findingsOf,
  isOpen,
  readRisks,
  seedEntityWorld,
  tagsBelow,
  toBands,
  WORLD_AT,
} from "../entities/entity-world.fixture.ts";
import { createTrendsModule } from "./index.ts";
import { getTrend } from "./service.ts";
import { takeSnapshot } from "./snapshot-store.ts";
import { toTrendDay } from "./views.ts";

const DAY = 86_400_000;
const TODAY = new Date(WORLD_AT).toISOString().slice(0, 10);

let database: TestDatabase;
let db: Database;
let nowMs = WORLD_AT;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
});
afterAll(() => database.drop());

const full: Scope = { kind: "all" };

async function trend({ subscriptionId }: { subscriptionId: number }, query: object = {}, scope: Scope = full) {
  const days = (await getTrend(scopeTo(db, { subscriptionId, scope }), query, nowMs)).map(toTrendDay);
  expect([...Errors(etmTrendGet.responses[200].schema, days)]).toEqual([]);
  return days;
}

/** The job of a node: what its sweep finds is run. */
async function sweep(on: Database = db): Promise<void> {
  const config = toConfig({} as never);
  const { tasks } = createTrendsModule({ db: on, config, clock: () => nowMs } as never);
  for (const key of await tasks![0]!.listUnfinished()) {
    await tasks![0]!.run(key, { signal: new AbortController().signal });
  }
}

/** What a snapshot should hold, from the story. */
function oracle(story: EntityStory, risks: readonly number[], tag: number | undefined, sinceDays: number | null) {
  const assets = assetsOf(story, tag);
  const findings = findingsOf(story, assets);
  const open = findings.filter(isOpen);
  const count = <T>(all: readonly T[], holds: (one: T) => boolean) => all.filter(holds).length;
  const fixedDaysAgo = ({ foundDaysAgo, tookDays }: (typeof findings)[number]) => Math.max(0, foundDaysAgo - tookDays);
  const fixed = findings.filter(({ status }) => status === "FIXED");
  const remediated = fixed.filter((one) => fixedDaysAgo(one) < 30);
  const tookSec = remediated.map((one) => (one.foundDaysAgo - fixedDaysAgo(one)) * 86_400);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    takenAt: WORLD_AT,
    assets: assets.length,
    averageTruRisk: assets.length === 0 ? null : Math.round(100 * mean(assets.map((one) => risks[one]!))) / 100,
    findingsByStatus: Object.fromEntries(
      ["NEW", "ACTIVE", "REOPENED", "FIXED", "PROTECTED", "RETEST"].map((status) => [
        status,
        count(findings, (one) => one.status === status),
      ]),
    ),
    openBySeverity: Object.fromEntries(
      [1, 2, 3, 4, 5].map((one) => [one, count(open, ({ severity }) => severity === one)]),
    ),
    openByBand: toBands(findings),
    openAccepted: count(open, ({ isAccepted }) => isAccepted),
    found: sinceDays === null ? null : count(findings, ({ foundDaysAgo }) => foundDaysAgo < sinceDays),
    fixed: sinceDays === null ? null : count(fixed, (one) => fixedDaysAgo(one) < sinceDays),
    remediated: remediated.length,
    meanTimeToRemediateSec: remediated.length === 0 ? null : Math.round(mean(tookSec)),
  };
}

const take = ({ subscriptionId }: EntityWorld, at: number, retentionDays = 730) =>
  takeSnapshot(db, subscriptionId, { now: new Date(at), retentionDays });

describe("a snapshot", () => {
  test("holds for the subscription and each tag what is counted by hand", async () => {
    await fc.assert(
      fc.asyncProperty(anyEntityStory, fc.option(fc.integer({ min: 1, max: 9 })), async (story, sinceDays) => {
        const world = await seedEntityWorld(db, story);
        if (sinceDays !== null) await take(world, WORLD_AT - sinceDays * DAY);
        await take(world, WORLD_AT);
        const risks = await readRisks(db, world);
        const [whole] = await trend(world, { from: TODAY, to: TODAY });
        expect(whole).toEqual({ day: TODAY, snapshot: oracle(story, risks, undefined, sinceDays) });
        for (const index of story.parents.keys()) {
          const [day] = await trend(world, { from: TODAY, to: TODAY, tag: `tag ${index}` });
          expect(day).toEqual({ day: TODAY, snapshot: oracle(story, risks, index, sinceDays) });
        }
      }),
      { numRuns: 25 },
    );
  });

  const some: EntityStory = {
    parents: [null, 0, null],
    assets: [[1], [2], []],
    findings: [{ asset: 0, qds: 95, severity: 5, status: "NEW", foundDaysAgo: 1, tookDays: 0, isAccepted: false }],
  };

  test("is taken once a day, by one of the nodes; days on which none ran are shown as missing", async () => {
    const world = await seedEntityWorld(db, some);
    const other = database.open();
    nowMs = WORLD_AT;
    await Promise.all([sweep(), sweep(other), sweep()]);
    nowMs = WORLD_AT + DAY / 2;
    await sweep();
    const [first] = await trend(world, { from: TODAY, to: TODAY });
    expect(first!.snapshot!.takenAt).toBe(WORLD_AT);
    nowMs = WORLD_AT + 3 * DAY;
    await sweep();
    const days = await trend(world, { from: "2026-06-14" });
    expect(days.map(({ day, snapshot }) => [day, snapshot?.assets ?? null])).toEqual([
      ["2026-06-14", null],
      ["2026-06-15", 3],
      ["2026-06-16", null],
      ["2026-06-17", null],
      ["2026-06-18", 3],
    ]);
    nowMs = WORLD_AT;
  });

  test("that is undone is taken again, whole", async () => {
    const world = await seedEntityWorld(db, some);
    await sql`CREATE FUNCTION refuse_count() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
      IF NEW.tag_id > 0 THEN RAISE EXCEPTION 'gone'; END IF; RETURN NEW; END$$`.execute(db.write);
    await sql`CREATE TRIGGER refuse_count BEFORE INSERT ON trend_count FOR EACH ROW EXECUTE FUNCTION refuse_count()`.execute(
      db.write,
    );
    await expect(take(world, WORLD_AT)).rejects.toThrow("gone");
    await sql`DROP TRIGGER refuse_count ON trend_count`.execute(db.write);
    expect(await trend(world, { from: TODAY })).toEqual([{ day: TODAY, snapshot: null }]);
    await take(world, WORLD_AT);
    expect((await trend(world, { from: TODAY }))[0]!.snapshot).not.toBeNull();
  });

  test("begins the day after a subscription was made, and is kept as long as the setting says", async () => {
    const world = await seedEntityWorld(db, some);
    await sql`UPDATE subscription SET created_at = ${new Date(WORLD_AT - 60_000)} WHERE id = ${world.subscriptionId}`.execute(
      db.write,
    );
    await sweep();
    expect(await trend(world, { from: TODAY })).toEqual([{ day: TODAY, snapshot: null }]);
    for (let day = 0; day < 5; day++) await take(world, WORLD_AT + day * DAY, 3);
    nowMs = WORLD_AT + 4 * DAY;
    const kept = (await trend(world, { from: TODAY })).filter(({ snapshot }) => snapshot !== null);
    expect(kept.map(({ day }) => day)).toEqual(["2026-06-17", "2026-06-18", "2026-06-19"]);
    nowMs = WORLD_AT;
  });

  test("of a day before a tag was made has nothing of it", async () => {
    const world = await seedEntityWorld(db, some);
    await take(world, WORLD_AT);
    await sql`INSERT INTO tag (subscription_id, name) VALUES (${world.subscriptionId}, 'Later')`.execute(db.write);
    expect(await trend(world, { from: TODAY, tag: "Later" })).toEqual([{ day: TODAY, snapshot: null }]);
    await take(world, WORLD_AT + DAY);
    const [, next] = await trend(world, { from: TODAY, to: "2026-06-16", tag: "Later" });
    expect(next!.snapshot).toMatchObject({ assets: 0, averageTruRisk: null, found: 0 });
  });
});

describe("who asks", () => {
  test("with a scope asks for one of its tags, or for none when one covers it: and gets exactly that", async () => {
    await fc.assert(
      fc.asyncProperty(anyEntityStory, fc.uniqueArray(fc.nat(4), { maxLength: 3 }), async (story, given) => {
        const world = await seedEntityWorld(db, story);
        await take(world, WORLD_AT);
        const covered = new Set(given.flatMap((tag) => [...tagsBelow(story, tag)]));
        const scope: Scope = { kind: "tags", tagIds: [...covered].map((index) => world.tagIds[index]!) };
        const risks = await readRisks(db, world);
        for (const index of story.parents.keys()) {
          const asked = trend(world, { from: TODAY, tag: `Tag ${index}` }, scope);
          if (!covered.has(index)) await expect(asked).rejects.toMatchObject({ code: "not-found" });
          else expect((await asked)[0]!.snapshot).toEqual(oracle(story, risks, index, null));
        }
        const top = [...covered].find((tag) => [...covered].every((one) => tagsBelow(story, tag).has(one)));
        const asked = trend(world, { from: TODAY }, scope);
        if (top === undefined) await expect(asked).rejects.toMatchObject({ code: "invalid-parameter" });
        else expect((await asked)[0]!.snapshot).toEqual(oracle(story, risks, top, null));
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    [{ from: "2026-02-30" }, /from must be a day/],
    [{ to: "2026-6-1" }, /to must be a day/],
    [{ from: "2026-06-16", to: "2026-06-15" }, /must not be after/],
    [{ from: "2020-01-01" }, /at most 1100 days/],
    [{ from: "0001-01-01" }, /from must be a day/],
  ])("for %j is told what is wrong", async (query, message) => {
    await expect(trend({ subscriptionId: 1 }, query)).rejects.toMatchObject({
      code: "invalid-parameter",
      message: expect.stringMatching(message),
    });
  });
});
