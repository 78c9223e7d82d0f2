import fc from "fast-check";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { AccountWorld } from "./accounts.fixture.ts";
import { readUserPrincipal } from "./user-principal.ts";

const world = new AccountWorld();
const TAGS = 8;

/** Tags of a subscription, of which each may have any other, or itself, above it. */
async function writeTags(subscriptionId: number, parents: readonly (number | null)[]): Promise<number[]> {
  const { db } = world;
  await sql`DELETE FROM tag WHERE subscription_id = ${subscriptionId}`.execute(db.write);
  const { rows } = await sql<{ id: number }>`
    INSERT INTO tag (subscription_id, name) SELECT ${subscriptionId}, 'tag ' || n FROM generate_series(1, ${TAGS}::integer) n
    RETURNING id`.execute(db.write);
  const ids = rows.map(({ id }) => id);
  for (const [index, parent] of parents.entries()) {
    const parentId = parent === null ? null : ids[parent];
    await sql`UPDATE tag SET parent_id = ${parentId} WHERE subscription_id = ${subscriptionId} AND id = ${ids[index]}
    `.execute(db.write);
  }
  return ids;
}

/** A tag is covered when, going up from it, a scope tag is met. */
function isCovered(tag: number, parents: readonly (number | null)[], scope: ReadonlySet<number>): boolean {
  const seen = new Set<number>();
  for (let at: number | null = tag; at !== null && !seen.has(at); at = parents[at] as number | null) {
    if (scope.has(at)) return true;
    seen.add(at);
  }
  return false;
}

test("a scope covers its tags and all below them, also where tags are above each other in a circle", async () => {
  const userId = await world.addUser("scoped");
  const tag = fc.nat({ max: TAGS - 1 });
  const parentsOf = fc.array(fc.option(tag), { minLength: TAGS, maxLength: TAGS });
  await fc.assert(
    fc.asyncProperty(parentsOf, fc.uniqueArray(tag, { maxLength: 3 }), async (parents, scope) => {
      const ids = await writeTags(1, parents);
      await world.setUser(userId, { scope_tag_ids: scope.map((index) => ids[index]) });
      const principal = await readUserPrincipal(world.db, 1, userId, world.nowMs);
      const expected = ids.filter((_, index) => isCovered(index, parents, new Set(scope)));
      expect(principal?.caller.scope).toEqual({ kind: "tags", tagIds: expected });
    }),
    { numRuns: 40 },
  );
});

test("a scope ends at its subscription, whatever another's tags say", async () => {
  const { rows } = await sql<{ id: number }>`INSERT INTO subscription (name) VALUES ('other') RETURNING id`.execute(
    world.db.write,
  );
  const otherId = rows[0]?.id as number;
  const [own] = await writeTags(1, []);
  const foreign = await writeTags(otherId, [null, 0, 0]);
  const userId = await world.addUser("bounded", { values: { scope_tag_ids: [own] } });
  expect((await readUserPrincipal(world.db, 1, userId, world.nowMs))?.caller.scope).toEqual({
    kind: "tags",
    tagIds: [own],
  });
  expect(await readUserPrincipal(world.db, otherId, userId, world.nowMs)).toBeUndefined();
  expect(foreign).toHaveLength(TAGS);
});
