import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SHIPPED_ROLES } from "@breakwater/contract";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findTerms, writeLevel } from "../limits/store.ts";
import { administer } from "../users/index.ts";
import { type People, startPeople } from "../users/people.fixture.ts";
import {
  createSubscription,
  deleteSubscription,
  getSubscription,
  listVisibleSubscriptions,
  type Parts,
  updateSubscription,
} from "./service.ts";
import { UNLINKED_TABLES } from "./store.ts";

let people: People;
let parts: Parts;

beforeAll(async () => {
  people = await startPeople();
  const dataDir = await mkdtemp(join(tmpdir(), "breakwater-subscriptions-"));
  parts = { db: people.db, log: pino({ level: "silent" }), dataDir, forget: () => {} };
});
afterAll(async () => {
  await people.close();
  await rm(parts.dataDir, { recursive: true });
});

const password = "a-long-password-2";
const create = async (name: string, managerUsername: string) =>
  createSubscription(parts, await people.actorOf("boss"), { name, managerUsername, managerPassword: password });
const update = async (by: string, id: number, change: Parameters<typeof updateSubscription>[2]["change"]) =>
  updateSubscription(parts, await people.actorOf(by), { id, change });
const remove = async (id: number, confirm?: string) =>
  deleteSubscription(parts, await people.actorOf("boss"), { id, confirm });
const invalid = { code: "invalid-parameter" };
const required = { code: "permission-required" };
const missing = { code: "not-found" };
const conflict = { code: "conflict" };

test("a new subscription has the shipped roles and a Manager, who sees it alone", async () => {
  const made = await create("Tenant", "tenant_boss");
  expect(made).toMatchObject({ name: "Tenant", service_level: "Standard", is_operator: false, user_count: 1 });
  const { caller } = await people.actorOf("tenant_boss");
  expect(caller).toMatchObject({ subscriptionId: made.id, isOperator: false, role: "Manager", scope: { kind: "all" } });
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM role WHERE subscription_id = ${made.id} AND is_shipped`.execute(people.db.write);
  expect(rows.map(({ name }) => name).sort()).toEqual(SHIPPED_ROLES.map(({ name }) => name).sort());
  expect(await listVisibleSubscriptions(parts, caller)).toEqual([made]);
  expect(await getSubscription(parts, caller, made.id)).toEqual(made);
  for (const id of [1, made.id + 1]) {
    await expect(getSubscription(parts, caller, id)).rejects.toMatchObject(missing);
    await expect(update("tenant_boss", id, { lockoutMinutes: 1 })).rejects.toMatchObject(missing);
  }
  const operator = (await people.actorOf("boss")).caller;
  expect((await listVisibleSubscriptions(parts, operator)).map(({ is_operator }) => is_operator)).toEqual([
    true,
    false,
  ]);
});

test("a taken or unreadable name makes no subscription", async () => {
  const before = await listVisibleSubscriptions(parts, (await people.actorOf("boss")).caller);
  await expect(create("TENANT", "other_boss")).rejects.toMatchObject(conflict);
  await expect(create("Another", "BOSS")).rejects.toMatchObject(conflict);
  await expect(create("Ano\nther", "other_boss")).rejects.toMatchObject(invalid);
  await expect(create("Another", "client:x")).rejects.toMatchObject(invalid);
  const asked = await Promise.allSettled([create("Same", "same_1"), create("same", "same_2")]);
  expect(asked.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(await listVisibleSubscriptions(parts, (await people.actorOf("boss")).caller)).toHaveLength(before.length + 1);
});

test("the operator names and rates any subscription, its Managers say how its users log in", async () => {
  const id = (await create("Rated", "rated_boss")).id;
  expect(await update("boss", id, { name: "Renamed", serviceLevel: "Premium" })).toMatchObject({
    name: "Renamed",
    service_level: "Premium",
    lockout_threshold: 10,
  });
  const policy = { lockoutThreshold: 3, lockoutMinutes: 0, passwordMaxAgeDays: 90 };
  expect(await update("rated_boss", id, policy)).toMatchObject({
    name: "Renamed",
    service_level: "Premium",
    lockout_threshold: 3,
    lockout_minutes: 0,
    password_max_age_days: 90,
    allowed_addresses: [],
  });
  await expect(update("rated_boss", id, { name: "Free" })).rejects.toMatchObject(required);
  await expect(update("rated_boss", id, { serviceLevel: "Premium", lockoutMinutes: 9 })).rejects.toMatchObject(
    required,
  );
  await expect(update("boss", id, { name: "tenant" })).rejects.toMatchObject(conflict);
});

test("an allow-list is readable and does not shut out who sets it", async () => {
  const id = (await create("Listed", "listed_boss")).id;
  await expect(update("listed_boss", id, { ipAllowList: ["10.0.0.0/33"] })).rejects.toMatchObject(invalid);
  await expect(update("listed_boss", id, { ipAllowList: ["192.0.2.0/24"] })).rejects.toMatchObject(invalid);
  const list = ["192.0.2.0/24", "127.0.0.0/8"];
  expect(await update("listed_boss", id, { ipAllowList: list })).toMatchObject({ allowed_addresses: list });
  expect(await update("boss", id, { ipAllowList: ["192.0.2.0/24"] })).toMatchObject({
    allowed_addresses: ["192.0.2.0/24"],
  });
  expect(await update("boss", id, { ipAllowList: [] })).toMatchObject({ allowed_addresses: [] });
});

test("the operator's own subscription stays, data goes only by name", async () => {
  await expect(remove(1, "Subscription 1")).rejects.toMatchObject(conflict);
  await expect(remove(999)).rejects.toMatchObject(missing);
  const empty = (await create("Empty", "empty_boss")).id;
  await expect(remove(empty, "Emptied")).rejects.toMatchObject(conflict);
  await remove(empty);
  expect(await people.look("empty_boss")).toBeUndefined();
  const full = (await create("Full", "full_boss")).id;
  const kept = (await create("Kept", "kept_boss")).id;
  await fill(full);
  await fill(kept);
  const counted = await countRows(kept);
  expect(counted.get("finding_source")).toBe(1);
  await expect(remove(full)).rejects.toMatchObject(conflict);
  await remove(full, "Full");
  expect([...(await countRows(full))].filter(([table, rows]) => rows > 0 && table !== "audit_event")).toEqual([]);
  expect(await countRows(kept)).toEqual(counted);
  expect(await readdir(join(parts.dataDir, "reports"))).toEqual([String(kept)]);
});

test("an import's batch that is being written goes too", async () => {
  const { id } = await create("Batch", "batch_boss");
  await fill(id);
  const { removal } = await removeDuringBatch(id, "Batch", async () => {});
  expect(await removal).toBeUndefined();
  expect((await countRows(id)).get("finding_source")).toBe(0);
});

test("a deletion and a batch that wait for each other: one is refused, and the other is done wholly", async () => {
  const { id } = await create("Crossing", "crossing_boss");
  await fill(id);
  let removal: Promise<unknown> | undefined;
  // Something new of the subscription needs the row that is being deleted.
  const batch = removeDuringBatch(id, "Crossing", async (tx, begun) => {
    removal = begun;
    await sql`INSERT INTO tag (subscription_id, name) VALUES (${id}, 'Late')`.execute(tx);
  });
  const isWritten = await batch.then(
    () => true,
    () => false,
  );
  if (isWritten) expect(await removal).toMatchObject(conflict);
  else expect(await removal).toBeUndefined();
  expect((await countRows(id)).get("finding_source")).toBe(isWritten ? 2 : 0);
});

test("a change of limits and one of the subscription wait for each other, and both are done", async () => {
  const { id } = await create("Limited", "limited_boss");
  const { change } = await people.db.write.transaction().execute(async (tx) => {
    await findTerms(tx, id, { forChange: true });
    const change = update("boss", id, { lockoutMinutes: 1 });
    await untilWaiting();
    await writeLevel(tx, id, "Premium", undefined);
    return { change };
  });
  expect(await change).toMatchObject({ lockout_minutes: 1, service_level: "Premium" });
});

test("a deletion waits for a change of users, and takes what it made", async () => {
  const { id } = await create("Administered", "administered_boss");
  const { removal } = await administer(people.all(id), async (tx) => {
    const removal = remove(id);
    await untilWaiting();
    await sql`UPDATE app_user SET full_name = 'B' WHERE subscription_id = ${id}`.execute(tx.write);
    return { removal };
  });
  await removal;
  expect(await people.look("administered_boss")).toBeUndefined();
  await expect(administer(people.all(id), async () => {})).rejects.toMatchObject(missing);
});

/** Begins a deletion while a batch holds an asset; the batch writes a finding's source and goes on as it likes. */
async function removeDuringBatch(
  id: number,
  name: string,
  goOn: (tx: People["db"]["write"], removal: Promise<unknown>) => Promise<void>,
): Promise<{ removal: Promise<unknown> }> {
  return people.db.imports.transaction().execute(async (tx) => {
    await sql`SELECT FROM asset WHERE subscription_id = ${id} FOR UPDATE`.execute(tx);
    const removal = remove(id, name).catch((error: unknown) => error);
    await untilWaiting();
    await sql`
      INSERT INTO finding_source (subscription_id, asset_id, fingerprint, check_id, first_seen, last_seen,
                                  connection_id, severity, is_present)
      SELECT ${id}, id, gen_random_uuid(), 2, now(), now(), 1, 3, true FROM asset WHERE subscription_id = ${id}
    `.execute(tx);
    await goOn(tx, removal);
    return { removal };
  });
}

test("every table of a subscription goes with it: by a foreign key, or by name", async () => {
  const { rows } = await sql<{ name: string; parents: string[] }>`
    SELECT c.relname AS name,
           ARRAY(SELECT p.relname::text FROM pg_constraint f JOIN pg_class p ON p.oid = f.confrelid
                 WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confdeltype = 'c') AS parents
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'subscription_id'
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`.execute(people.db.write);
  const gone = new Set<string>(["subscription", ...UNLINKED_TABLES]);
  for (const _ of rows)
    for (const { name, parents } of rows) if (parents.some((parent) => gone.has(parent))) gone.add(name);
  const left = rows.map(({ name }) => name).filter((name) => !gone.has(name) && !name.startsWith("audit_"));
  expect(left).toEqual([]);
});

/** Resolves when some session of this database waits for another's lock. */
async function untilWaiting(): Promise<void> {
  const waiting = () =>
    sql`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(
      people.db.write,
    );
  while ((await waiting()).rows.length === 0) await new Promise((resolve) => setImmediate(resolve));
}

/** A row wherever the foundation has a table that something refers to, and a file of a report. */
async function fill(subscriptionId: number): Promise<void> {
  const tag = await people.addTag("Parent", null, subscriptionId);
  await people.addTag("Child", tag, subscriptionId);
  const run = (statement: ReturnType<typeof sql>) => statement.execute(people.db.write);
  await run(
    sql`INSERT INTO business_unit (subscription_id, name, scope_tag_ids) VALUES (${subscriptionId}, 'U', ${[tag]})`,
  );
  await run(sql`UPDATE app_user SET has_full_scope = false, business_unit_id = (SELECT max(id) FROM business_unit)
                WHERE subscription_id = ${subscriptionId}`);
  await run(sql`
    WITH a AS (
      INSERT INTO asset (subscription_id, name, created_at, updated_at) VALUES (${subscriptionId}, 'plc', now(), now())
      RETURNING id
    ), f AS (
      INSERT INTO finding (subscription_id, asset_id, fingerprint, check_id, first_found, last_found, severity, qds,
                           status, category)
      SELECT ${subscriptionId}, id, gen_random_uuid(), 1, now(), now(), 3, 50, 'NEW', 'VULNERABILITY' FROM a
    )
    INSERT INTO finding_source (subscription_id, asset_id, fingerprint, check_id, first_seen, last_seen, connection_id,
                                severity, is_present)
    SELECT ${subscriptionId}, id, gen_random_uuid(), 1, now(), now(), 1, 3, true FROM a`);
  const directory = join(parts.dataDir, "reports", String(subscriptionId), "1");
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "part.deflate"), "x");
}

async function countRows(subscriptionId: number): Promise<Map<string, number>> {
  const { rows } = await sql<{ name: string }>`
    SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'subscription_id'
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1`.execute(people.db.write);
  const counts = new Map<string, number>();
  for (const { name } of rows) {
    const found = await sql<{ rows: number }>`
      SELECT count(*)::integer AS rows FROM ${sql.table(name)} WHERE subscription_id = ${subscriptionId}`.execute(
      people.db.write,
    );
    counts.set(name, found.rows[0]?.rows ?? 0);
  }
  return counts;
}
