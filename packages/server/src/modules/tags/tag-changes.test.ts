import { PERMISSIONS } from "@breakwater/contract";
import { assetTable, evaluateQuery, parseQuery } from "@breakwater/domain/query/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Caller, Scope } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import { administer } from "../users/index.ts";
import { holdTags, retagAssets } from "./index.ts";
import { changeTagAssets, createTag, deleteTag, type Parts, readTag, updateTag } from "./service.ts";

let database: TestDatabase;
let db: Database;
let parts: Parts;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open({ writePoolMax: 8 });
  parts = { clock: Date.now };
  await sql`INSERT INTO subscription (name) VALUES ('One'), ('Two')`.execute(db.write);
  await sql`INSERT INTO role (subscription_id, name, has_api_access, has_ui_access) VALUES (1, 'R', true, true)`.execute(
    db.write,
  );
});
afterAll(() => database.drop());

beforeEach(async () => {
  await sql`TRUNCATE asset, tag, app_user, business_unit, api_client CASCADE`.execute(db.write);
});

const callerOf = (subscriptionId = 1, scope: Scope = { kind: "all" }): Caller => ({
  subscriptionId,
  isOperator: subscriptionId === 1,
  account: { kind: "user", id: 1 },
  username: "manager",
  role: "Manager",
  permissions: new Set(PERMISSIONS),
  scope,
});

/** The operations as somebody calls them. */
function as(caller = callerOf()) {
  const scoped = scopeTo(db, caller);
  const actor = { caller, address: "127.0.0.1" };
  type Of<F extends (...all: never[]) => unknown> = Parameters<F>;
  return {
    create: (body: Of<typeof createTag>[3]) => createTag(scoped, parts, actor, body),
    update: (id: number, body: Of<typeof updateTag>[4]) => updateTag(scoped, parts, actor, id, body),
    remove: (id: number) => deleteTag(scoped, parts, actor, id),
    assets: (id: number, body: Of<typeof changeTagAssets>[4]) => changeTagAssets(scoped, parts, actor, id, body),
    get: (id: number) => readTag(scoped, id),
  };
}

async function makeAssets(count: number, subscriptionId = 1): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO asset (subscription_id, name, operating_system, created_at, updated_at)
    SELECT ${subscriptionId}, 'plc-' || n, (ARRAY['Windows', 'Linux'])[1 + n % 2], now(), now()
    FROM generate_series(0, ${count - 1}::int) AS n RETURNING id`.execute(db.write);
  return rows.map(({ id }) => id);
}

type Asset = { id: number; name: string; os: string | null; tags: number[]; criticality: number };

async function readAssets(): Promise<Asset[]> {
  const { rows } = await sql<Asset>`
    SELECT id, name, operating_system AS os, tag_ids AS tags, criticality FROM asset
    WHERE subscription_id = 1 ORDER BY id`.execute(db.write);
  return rows;
}

function isMatch(rule: string, asset: Pick<Asset, "name" | "os">): boolean {
  const parsed = parseQuery(rule, assetTable, new Date());
  if (!parsed.ok) throw new Error(rule);
  return evaluateQuery(parsed.query, { "asset.name": asset.name, "operatingSystem.name": asset.os });
}

const RULES = [
  "asset.name:`plc-1`",
  "asset.name:[`plc-2`, `plc-3`]",
  "not asset.name:`plc-0`",
  "operatingSystem.name:Windows",
  "operatingSystem.name:Linux and asset.name:`plc-5`",
  "asset.name:`renamed`",
];

type ModelTag = { criticality: number | null; rule: string | null; parent: number | null; given: Set<number> };

/** The rules of the contract, told naively. */
class Model {
  tags = new Map<number, ModelTag>();
  assets = new Map<number, { name: string; os: string }>();

  carries(tag: ModelTag, id: number): boolean {
    return tag.rule === null ? tag.given.has(id) : isMatch(tag.rule, this.assets.get(id)!);
  }

  expected(): Omit<Asset, "name" | "os">[] {
    return [...this.assets.keys()].map((id) => {
      const own = [...this.tags].filter(([, tag]) => this.carries(tag, id));
      const levels = own.flatMap(([, { criticality }]) => criticality ?? []);
      return { id, tags: own.map(([tagId]) => tagId), criticality: levels.length > 0 ? Math.max(...levels) : 2 };
    });
  }

  freeze(tag: ModelTag): void {
    if (tag.rule !== null) tag.given = new Set([...this.assets.keys()].filter((id) => this.carries(tag, id)));
  }

  isAbove(id: number, other: number | null): boolean {
    return other !== null && (id === other || this.isAbove(id, this.tags.get(other)!.parent));
  }
}

const anyPick = fc.nat(1000);
const anyCriticality = fc.option(fc.integer({ min: 1, max: 5 }));
const anyStep = fc.oneof(
  fc.record({
    kind: fc.constant("create" as const),
    rule: fc.option(fc.constantFrom(...RULES)),
    criticality: anyCriticality,
  }),
  fc.record({ kind: fc.constant("rule" as const), tag: anyPick, rule: fc.option(fc.constantFrom(...RULES)) }),
  fc.record({ kind: fc.constant("criticality" as const), tag: anyPick, criticality: anyCriticality }),
  fc.record({ kind: fc.constant("parent" as const), tag: anyPick, parent: anyPick }),
  fc.record({ kind: fc.constant("delete" as const), tag: anyPick }),
  fc.record({
    kind: fc.constant("assets" as const),
    tag: anyPick,
    add: fc.uniqueArray(fc.nat(7), { maxLength: 4 }),
    remove: fc.uniqueArray(fc.nat(7), { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant("import" as const),
    asset: fc.nat(7),
    name: fc.constantFrom("plc-1", "plc-5", "renamed"),
  }),
);
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

async function take(step: Step, model: Model, ids: readonly number[], n: number): Promise<void> {
  const { create, update, remove, assets } = as();
  const known = [...model.tags.keys()];
  const pick = (place: number) => known[place % known.length] as number;
  if (step.kind === "create") {
    const { rule, criticality } = step;
    const body = { name: `t${n}`, ...(rule ? { rule } : {}), ...(criticality ? { criticality } : {}) };
    model.tags.set((await create(body)).id, { criticality, rule, parent: null, given: new Set() });
    return;
  }
  if (step.kind === "import") {
    const id = ids[step.asset] as number;
    model.assets.get(id)!.name = step.name;
    await rename(id, step.name);
    return;
  }
  if (known.length === 0) return;
  const id = pick(step.tag);
  const tag = model.tags.get(id)!;
  if (step.kind === "rule") {
    await update(id, { rule: step.rule });
    if (step.rule === null) model.freeze(tag);
    tag.rule = step.rule;
  } else if (step.kind === "criticality") {
    await update(id, { criticality: step.criticality });
    tag.criticality = step.criticality;
  } else if (step.kind === "parent") {
    const parent = pick(step.parent);
    const changing = update(id, { parent: (await as().get(parent)).name });
    if (model.isAbove(id, parent)) await expect(changing).rejects.toMatchObject({ code: "invalid-parameter" });
    else {
      await changing;
      tag.parent = parent;
    }
  } else if (step.kind === "delete") {
    if ([...model.tags.values()].some(({ parent }) => parent === id)) {
      await expect(remove(id)).rejects.toMatchObject({ code: "conflict" });
    } else {
      await remove(id);
      model.tags.delete(id);
    }
  } else {
    const add = step.add.map((place) => ids[place] as number);
    const taken = step.remove.map((place) => ids[place] as number).filter((one) => !add.includes(one));
    const changing = assets(id, { add, remove: taken });
    if (tag.rule !== null) await expect(changing).rejects.toMatchObject({ code: "invalid-parameter" });
    else {
      await changing;
      for (const one of add) tag.given.add(one);
      for (const one of taken) tag.given.delete(one);
    }
  }
}

/** What an import does with an asset that it describes anew. */
async function rename(id: number, name: string): Promise<void> {
  await db.imports.transaction().execute(async (tx) => {
    await holdTags(tx, 1);
    await sql`UPDATE asset SET name = ${name} WHERE subscription_id = 1 AND id = ${id}`.execute(tx);
    await retagAssets(tx, 1, [id], Date.now());
  });
}

test("whatever is done to tags, each asset has those, and the criticality, that a naive reading gives it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 25 }), async (steps) => {
      await sql`TRUNCATE asset, tag CASCADE`.execute(db.write);
      const ids = await makeAssets(8);
      const model = new Model();
      for (const { id, name, os } of await readAssets()) model.assets.set(id, { name, os: os as string });
      for (const [n, step] of steps.entries()) {
        await take(step, model, ids, n);
        const stored = (await readAssets()).map(({ id, tags, criticality }) => ({ id, tags, criticality }));
        expect(stored).toEqual(model.expected());
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

test("changes of rules and imports at once leave no asset with tags of yesterday", async () => {
  const ids = await makeAssets(40);
  const names = ["plc-1", "plc-2", "plc-5", "renamed"];
  const tags = await Promise.all(
    RULES.map((rule, n) => as().create({ name: `rule ${n}`, rule, criticality: 1 + (n % 5) })),
  );
  const at = <T>(list: readonly T[], n: number) => list[n % list.length] as T;
  await Promise.all([
    ...Array.from({ length: 24 }, (_, n) => as().update(at(tags, n).id, { rule: at(RULES, 5 * n + 1) })),
    ...Array.from({ length: 6 }, (_, n) => as().update(at(tags, n).id, { criticality: 1 + ((n + 3) % 5) })),
    ...Array.from({ length: 60 }, (_, n) => rename(at(ids, 7 * n), at(names, n))),
    ...Array.from({ length: 4 }, () =>
      db.imports.transaction().execute(async (tx) => {
        await holdTags(tx, 1);
        const { rows } = await sql<{ id: number }>`
          INSERT INTO asset (subscription_id, name, created_at, updated_at)
          SELECT 1, 'plc-5', now(), now() FROM generate_series(1, 10) RETURNING id`.execute(tx);
        const made = rows.map(({ id }) => id);
        await retagAssets(tx, 1, made, Date.now());
      }),
    ),
  ]);
  const { rows } = await sql<{ id: number; rule: string; criticality: number }>`
    SELECT id, rule, criticality FROM tag ORDER BY id`.execute(db.write);
  const assets = await readAssets();
  expect(assets).toHaveLength(80);
  for (const asset of assets) {
    const own = rows.filter(({ rule }) => isMatch(rule, asset));
    expect(asset.tags).toEqual(own.map(({ id }) => id));
    expect(asset.criticality).toBe(own.length > 0 ? Math.max(...own.map(({ criticality }) => criticality)) : 2);
  }
});

test("a rule changed while an import has not committed finds the assets as the import leaves them", async () => {
  const [renamed] = await makeAssets(3);
  const tag = await as().create({ name: "t", rule: "asset.name:`nothing`" });
  let made = 0;
  let changing: Promise<unknown> = Promise.resolve();
  await db.imports.transaction().execute(async (tx) => {
    await holdTags(tx, 1);
    await sql`UPDATE asset SET name = 'fresh' WHERE id = ${renamed}`.execute(tx);
    const { rows } = await sql<{ id: number }>`
      INSERT INTO asset (subscription_id, name, created_at, updated_at) VALUES (1, 'fresh', now(), now()) RETURNING id`.execute(
      tx,
    );
    made = rows[0]!.id;
    await retagAssets(tx, 1, [renamed as number, made], Date.now());
    let isOver = false;
    changing = as()
      .update(tag.id, { rule: "asset.name:`fresh`" })
      .finally(() => {
        isOver = true;
      });
    // It waits for this transaction; a change that did not wait would be over.
    while (!isOver && !(await isLockAwaited()));
  });
  await changing;
  expect((await readAssets()).filter(({ tags }) => tags.length > 0).map(({ id }) => id)).toEqual([renamed, made]);
});

async function isLockAwaited(): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(db.read);
  return rows.length > 0;
}

test("more assets than a page are all told", async () => {
  await makeAssets(10_010);
  const tag = await as().create({ name: "all", rule: "not asset.name:`nothing`", criticality: 4 });
  expect(tag.asset_count).toBe(10_010);
  await as().update(tag.id, { criticality: 5 });
  expect((await readAssets()).every(({ criticality }) => criticality === 5)).toBe(true);
  await as().remove(tag.id);
  expect((await readAssets()).every(({ tags, criticality }) => tags.length === 0 && criticality === 2)).toBe(true);
});

test("a change that fails leaves everything as it was", async () => {
  const [first] = await makeAssets(3);
  const tag = await as().create({ name: "static", criticality: 5, assetIds: [first as number] });
  const before = await readAssets();
  await expect(as().assets(tag.id, { add: before.map(({ id }) => id).concat(999_999_999) })).rejects.toMatchObject({
    code: "invalid-parameter",
    message: "there is no asset 999999999",
  });
  await expect(as().create({ name: "other", assetIds: [999_999_999] })).rejects.toMatchObject({
    code: "invalid-parameter",
  });
  await expect(as().assets(tag.id, { add: [1], remove: [1] })).rejects.toMatchObject({ code: "invalid-parameter" });
  expect(await readAssets()).toEqual(before);
});

test("assets and tags of another subscription are not there", async () => {
  const [theirs] = await makeAssets(1, 2);
  const tag = await as().create({ name: "ours" });
  await expect(as().assets(tag.id, { add: [theirs as number] })).rejects.toMatchObject({ code: "invalid-parameter" });
  const other = as(callerOf(2));
  for (const change of [
    () => other.get(tag.id),
    () => other.update(tag.id, { name: "x" }),
    () => other.assets(tag.id, {}),
    () => other.remove(tag.id),
  ]) {
    await expect(change()).rejects.toMatchObject({ code: "not-found" });
  }
});

test("who has a scope changes no tag: any of them could widen it", async () => {
  const ids = await makeAssets(2);
  const mine = await as().create({ name: "mine", assetIds: [ids[0] as number] });
  const other = await as().create({ name: "other" });
  const scoped = as(callerOf(1, { kind: "tags", tagIds: [mine.id] }));
  for (const change of [
    () => scoped.update(mine.id, { rule: "not asset.name:`x`" }),
    () => scoped.update(other.id, { parent: "mine" }),
    () => scoped.create({ name: "below", parent: "mine", rule: "not asset.name:`x`" }),
    () => scoped.assets(mine.id, { add: ids }),
    () => scoped.remove(mine.id),
  ]) {
    await expect(change()).rejects.toMatchObject({ code: "permission-required" });
  }
  expect(await scoped.get(mine.id)).toMatchObject({ asset_count: 1 });
});

test.each(["asset.tag.name:`x`", "asset.name:a and not (asset.criticalityScore>3)", "asset.riskScore:[1 .. 5]"])(
  "a rule may not ask for what follows from tags: %s",
  async (rule) => {
    const tag = await as().create({ name: "t" });
    await expect(as().create({ name: "u", rule })).rejects.toMatchObject({ code: "invalid-query" });
    await expect(as().update(tag.id, { rule })).rejects.toMatchObject({ code: "invalid-query" });
  },
);

test("a name is free or taken without regard to case, and a tag keeps its own", async () => {
  const tag = await as().create({ name: "Line" });
  await as().create({ name: "Other" });
  expect(await as().update(tag.id, { name: "LINE" })).toMatchObject({ name: "LINE" });
  await expect(as().update(tag.id, { name: "other" })).rejects.toMatchObject({ code: "conflict" });
  await expect(as().update(tag.id, { name: "a\u0000" })).rejects.toMatchObject({ code: "invalid-parameter" });
});

test("tags moved at once never come to stand below each other", async () => {
  const [a, b] = [await as().create({ name: "a" }), await as().create({ name: "b" })];
  const moves = await Promise.allSettled([as().update(a.id, { parent: "b" }), as().update(b.id, { parent: "a" })]);
  expect(moves.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("a deleted tag leaves the scopes of users, units and clients; who had no other sees nothing", async () => {
  const [gone, stays] = [await as().create({ name: "gone" }), await as().create({ name: "stays" })];
  const scope = sql`${[gone.id, stays.id]}::integer[]`;
  await sql`INSERT INTO app_user (subscription_id, username, password_hash, role_id, scope_tag_ids)
    VALUES (1, 'both', '', (SELECT min(id) FROM role), ${scope}),
      (1, 'one', '', (SELECT min(id) FROM role), ${[gone.id]}::integer[])`.execute(db.write);
  await sql`INSERT INTO business_unit (subscription_id, name, scope_tag_ids) VALUES (1, 'unit', ${scope})`.execute(
    db.write,
  );
  await sql`INSERT INTO api_client (subscription_id, name, modules, scope_tag_ids, secret_hash, created_by, created_at)
    VALUES (1, 'client', '{ETM}', ${scope}, '', '', now())`.execute(db.write);
  await as().remove(gone.id);
  const { rows } = await sql<{ scope: number[]; full: boolean }>`
    SELECT scope_tag_ids AS scope, has_full_scope AS full FROM app_user
    UNION ALL SELECT scope_tag_ids, false FROM business_unit
    UNION ALL SELECT scope_tag_ids, has_full_scope FROM api_client`.execute(db.write);
  expect(rows).toEqual([[stays.id], [], [stays.id], [stays.id]].map((left) => ({ scope: left, full: false })));
});

test("a tag is not moved out from below a unit's tag while a member has it in scope", async () => {
  const top = await as().create({ name: "top" });
  const middle = await as().create({ name: "middle", parent: "top" });
  const low = await as().create({ name: "low", parent: "middle" });
  await sql`INSERT INTO business_unit (subscription_id, name, scope_tag_ids)
    VALUES (1, 'unit', ${[top.id]}::integer[])`.execute(db.write);
  await sql`INSERT INTO app_user (subscription_id, username, password_hash, role_id, scope_tag_ids, business_unit_id)
    VALUES (1, 'member', '', (SELECT min(id) FROM role), ${[low.id]}::integer[], (SELECT min(id) FROM business_unit))`.execute(
    db.write,
  );
  await expect(as().update(middle.id, { parent: null })).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining('"member"'),
  });
  expect(await as().update(low.id, { parent: "top" })).toMatchObject({ parent: "top" });
  expect(await as().update(middle.id, { parent: null })).toMatchObject({ parent: null });
});

test("a tag that is moved while a member gets it in scope stays; one that is gone holds nobody up", async () => {
  const top = await as().create({ name: "top" });
  const low = await as().create({ name: "low", parent: "top" });
  await sql`INSERT INTO business_unit (subscription_id, name, scope_tag_ids)
    VALUES (1, 'unit', ${[top.id]}::integer[])`.execute(db.write);
  await sql`INSERT INTO app_user (subscription_id, username, password_hash, role_id, scope_tag_ids, business_unit_id)
    VALUES (1, 'member', '', (SELECT min(id) FROM role), '{999999999}', (SELECT min(id) FROM business_unit))`.execute(
    db.write,
  );
  const { move } = await administer(scopeTo(db, callerOf()), async (tx) => {
    await sql`UPDATE app_user SET scope_tag_ids = scope_tag_ids || ${low.id}::integer`.execute(tx.write);
    let isOver = false;
    const move = as()
      .update(low.id, { parent: null })
      .catch((error: unknown) => error)
      .finally(() => {
        isOver = true;
      });
    while (!isOver && !(await isLockAwaited()));
    return { move };
  });
  expect(await move).toMatchObject({ code: "conflict" });
  await sql`UPDATE app_user SET scope_tag_ids = '{999999999}'`.execute(db.write);
  expect(await as().update(low.id, { parent: null })).toMatchObject({ parent: null });
});

test("every change of a tag stands in the audit log", async () => {
  const { rows: before } = await sql<{ last: number }>`SELECT coalesce(max(id), 0) AS last FROM audit_event`.execute(
    db.write,
  );
  const tag = await as().create({ name: "Line 1" });
  await as().assets(tag.id, { add: await makeAssets(2) });
  await as().update(tag.id, { name: "Line 2", rule: "asset.name:`x`" });
  await as().remove(tag.id);
  const { rows } = await sql`
    SELECT action, target, detail FROM audit_event WHERE id > ${before[0]!.last} ORDER BY id`.execute(db.write);
  expect(rows).toEqual([
    { action: "admin.tag.create", target: "Line 1", detail: {} },
    { action: "admin.tag.assets", target: "Line 1", detail: { tagId: tag.id, added: 2, removed: 0 } },
    { action: "admin.tag.update", target: "Line 1", detail: { tagId: tag.id, changed: "name rule" } },
    { action: "admin.tag.delete", target: "Line 2", detail: { tagId: tag.id } },
  ]);
});
