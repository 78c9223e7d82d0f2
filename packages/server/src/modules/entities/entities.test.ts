import { etmEntityList } from "@breakwater/contract";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { Errors } from "typebox/value";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Scope } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import {
  anyEntityStory,
  assetsOf,
  type EntityWorld,
  findingsOf,
  isOpen,
  readRisks,
  seedEntityWorld,
  tagsBelow,
  toBands,
  WORLD_AT,
} from "./entity-world.fixture.ts";
import { countEntities, getEntity, listEntities } from "./service.ts";

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
});
afterAll(() => database.drop());

const scoped = ({ subscriptionId }: EntityWorld, scope: Scope = { kind: "all" }) =>
  scopeTo(db, { subscriptionId, scope });

/** All entities from the story, but for the asset scores. */
async function expected(world: EntityWorld) {
  const risks = await readRisks(db, world);
  return world.story.parents.map((parent, index) => {
    const assets = assetsOf(world.story, index);
    const findings = findingsOf(world.story, assets);
    const sum = assets.reduce((total, asset) => total + risks[asset]!, 0);
    const score = assets.length === 0 ? null : Math.round((100 * sum) / assets.length) / 100;
    const band =
      score === null ? null : score >= 850 ? "CRITICAL" : score >= 700 ? "HIGH" : score >= 500 ? "MEDIUM" : "LOW";
    return {
      id: world.tagIds[index],
      name: `Tag ${index}`,
      parent: parent === null ? null : `Tag ${parent}`,
      criticality: null,
      assetCount: assets.length,
      truRiskScore: score,
      truRiskBand: band,
      findingCount: findings.filter(isOpen).length,
      openByBand: toBands(findings),
    };
  });
}

test("an entity's score is the mean of its assets' and those of the tags below, its counts are theirs, for whoever sees it", async () => {
  await fc.assert(
    fc.asyncProperty(anyEntityStory, fc.nat(4), async (story, root) => {
      const world = await seedEntityWorld(db, story);
      const all = await expected(world);
      const list = await listEntities(scoped(world), {}, WORLD_AT);
      expect(list).toEqual({ records: all, count: all.length, nextCursor: null });
      expect([...Errors(etmEntityList.responses[200].schema, list.records)]).toEqual([]);
      const below = tagsBelow(story, root);
      const scope: Scope = { kind: "tags", tagIds: [...below].map((index) => world.tagIds[index]!) };
      const parentOf = (one: (typeof all)[number]) =>
        [...below].some((index) => `Tag ${index}` === one.parent) ? one.parent : null;
      const own = all.filter((_, index) => below.has(index)).map((one) => ({ ...one, parent: parentOf(one) }));
      const seen = await listEntities(scoped(world, scope), {}, WORLD_AT);
      expect(seen).toEqual({ records: own, count: own.length, nextCursor: null });
      expect(await countEntities(scoped(world, scope), undefined, WORLD_AT)).toBe(own.length);
      for (const [index, id] of world.tagIds.entries()) {
        const shown = getEntity(scoped(world, scope), id);
        if (below.has(index)) expect((await shown).name).toBe(`Tag ${index}`);
        else await expect(shown).rejects.toMatchObject({ code: "not-found" });
      }
    }),
    { numRuns: 25 },
  );
});

test("entities are filtered, sorted, paged by number and by cursor, and classed by the settings", async () => {
  const story = {
    parents: [null, null, null],
    assets: [[0], [1], [1, 2]],
    findings: [
      { asset: 0, qds: 95, severity: 5, status: "NEW", foundDaysAgo: 1, tookDays: 0, isAccepted: false },
      { asset: 1, qds: 50, severity: 3, status: "ACTIVE", foundDaysAgo: 1, tookDays: 0, isAccepted: false },
    ],
  };
  const world = await seedEntityWorld(db, story);
  await sql`UPDATE asset SET risk = CASE name WHEN 'asset 0' THEN 900 WHEN 'asset 1' THEN 601 ELSE 0 END
    WHERE subscription_id = ${world.subscriptionId}`.execute(db.write);
  const names = async (query: object) =>
    (await listEntities(scoped(world), query, WORLD_AT)).records.map(({ name }) => name);
  const sort = '[{"entity.riskScore":"desc"}]';
  expect(await names({ sort })).toEqual(["Tag 0", "Tag 1", "Tag 2"]);
  expect(await names({ sort: '[{"entity.riskScore":"asc"}]' })).toEqual(["Tag 2", "Tag 1", "Tag 0"]);
  expect(await names({ filter: "entity.riskBand:CRITICAL or entity.assetCount>=2" })).toEqual(["Tag 0", "Tag 1"]);
  expect(await names({ filter: "entity.riskScore:[300 .. 301]" })).toEqual(["Tag 1"]);
  await expect(names({ filter: "asset.name:x" })).rejects.toMatchObject({ code: "invalid-query" });
  const first = await listEntities(scoped(world), { sort, pageSize: 2 }, WORLD_AT);
  expect([first.count, first.nextCursor]).toEqual([3, expect.any(String)]);
  const second = await listEntities(scoped(world), { sort, pageSize: 2, cursor: first.nextCursor! }, WORLD_AT);
  expect([second.records.map(({ name }) => name), second.nextCursor]).toEqual([["Tag 2"], null]);
  await sql`INSERT INTO score_setting VALUES (${world.subscriptionId}, 1, 0.6, 0.4, 0.2, 950, 300, 100)`.execute(
    db.write,
  );
  expect(await names({ filter: "entity.riskBand:CRITICAL" })).toEqual([]);
  expect(await names({ filter: "entity.riskBand:high" })).toEqual(["Tag 0", "Tag 1"]);
});
