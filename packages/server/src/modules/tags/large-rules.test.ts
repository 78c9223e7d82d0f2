import { adminTagCreate } from "@breakwater/contract";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { type RawBuilder, sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scopeTo } from "../../db/index.ts";
import { assertFitsStatement } from "./rules.ts";
import { type CompiledRule, insertTag, MAX_RULE_PARAMETERS, pageAssetIds, writeTags } from "./store.ts";

let installation: TestInstallation;

beforeAll(async () => {
  installation = await startInstallation();
  await sql`
    INSERT INTO asset (subscription_id, name, is_ot, ip_addresses, created_at, updated_at)
    SELECT 1, 'plc-' || n, true, ARRAY[('10.' || n || '.7.9')::inet], now(), now() FROM generate_series(0, 9) AS n`.execute(
    installation.db.write,
  );
});
afterAll(() => installation.close());

/** So many networks from 10.<second>.0.0 on. */
const networks = (second: number, count: number) =>
  Array.from({ length: count }, (_, index) => `10.${second + 10 * (index >> 8)}.${index & 255}.0/24`).join(",");

const createTag = (name: string, rule: string) => installation.client().call(adminTagCreate, { body: { name, rule } });

test("ten rules of 3,400 networks each are too many for one statement, and each finds its asset", async () => {
  const ruleOf = (line: number) => `asset.interface.address:[${networks(line, 3400)}]`;
  // Nine that were made before, each alone small enough; the tenth is made over all of them.
  for (let line = 0; line < 9; line++) {
    await sql`INSERT INTO tag (subscription_id, name, rule) VALUES (1, ${`Line ${line}`}, ${ruleOf(line)})`.execute(
      installation.db.write,
    );
  }
  expect((await createTag("Line 9", ruleOf(9))).status).toBe(201);
  const { rows } = await sql<{ name: string; tags: string[] }>`
    SELECT a.name, ARRAY(SELECT t.name FROM tag t WHERE t.id = ANY (a.tag_ids)) AS tags FROM asset a ORDER BY a.name`.execute(
    installation.db.write,
  );
  expect(rows).toEqual(Array.from({ length: 10 }, (_, line) => ({ name: `plc-${line}`, tags: [`Line ${line}`] })));
});

test("the rule with the most values that fit into a query is taken", async () => {
  const list = `asset.interface.address:[${Array.from({ length: 6500 }, () => "::/9").join(",")}]`;
  expect((await createTag("Largest", `${list} or ${list}`)).status).toBe(201);
});

test("a rule with more values than a statement is given is an error that says so", () => {
  const { write } = installation.db;
  const withValues = (count: number) => sql`a.id IN (${sql.join(Array.from({ length: count }, (_, index) => index))})`;
  assertFitsStatement(write, withValues(30_000));
  expect(() => assertFitsStatement(write, withValues(30_001))).toThrow(
    expect.objectContaining({ code: "invalid-query", message: expect.stringMatching(/^rule: it has 30001 values/) }),
  );
});

test("in groups of statements the rules come to what they come to in one", async () => {
  const scoped = scopeTo(installation.db, { subscriptionId: 1, scope: { kind: "all" } });
  const ids: number[] = [];
  for (const [name, criticality] of [
    ["First", 5],
    ["Second", 4],
    ["Third", null],
  ] as const) {
    ids.push((await insertTag(scoped, { name, parentId: null, criticality, rule: null })) as number);
  }
  const [first, second, third] = ids as [number, number, number];
  await sql`UPDATE asset SET tag_ids = tag_ids || ${[third]}::integer[] WHERE name IN ('plc-1', 'plc-2')`.execute(
    installation.db.write,
  );
  // The second and third ask for what the rules before them change.
  const conditions: [number, RawBuilder<unknown>][] = [
    [first, sql`a.name IN ('plc-3', 'plc-4')`],
    [second, sql`(${third} = ANY (a.tag_ids) OR ${first} = ANY (a.tag_ids))`],
    [third, sql`a.criticality = 2 AND a.name IN ('plc-3', 'plc-5')`],
  ];
  const padding = Array.from({ length: MAX_RULE_PARAMETERS / 2 }, (_, index) => -1 - index);
  const rules = conditions.map(([tagId, matches]): CompiledRule => ({ tagId, matches }));
  const padded = conditions.map(([tagId, matches]): CompiledRule => {
    return { tagId, matches: sql`(${matches} OR a.id IN (${sql.join(padding)}))` };
  });
  const all = await apply(rules);
  expect(all.changed.length).toBeGreaterThan(0);
  expect(await apply(padded)).toEqual(all);
  const some = await apply(rules, all.changed.slice(0, 2));
  expect(await apply(padded, all.changed.slice(0, 2))).toEqual(some);
  expect(some).not.toEqual(all);
});

/** What the rules change and leave behind, taken back again. */
async function apply(rules: CompiledRule[], among?: number[]) {
  const assetIds = among ?? (await Array.fromAsync(pageAssetIds(installation.db.write, 1))).flat();
  let outcome: { changed: number[]; assets: unknown[] } = { changed: [], assets: [] };
  const undone = installation.db.write.transaction().execute(async (tx) => {
    const changed = await writeTags(tx, 1, rules, assetIds);
    const { rows } = await sql`SELECT name, tag_ids, criticality FROM asset ORDER BY id`.execute(tx);
    outcome = { changed, assets: rows };
    throw new Error("taken back");
  });
  await expect(undone).rejects.toThrow("taken back");
  return outcome;
}
