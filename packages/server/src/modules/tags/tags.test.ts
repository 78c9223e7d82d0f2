import { adminTagCreate, adminTagList, adminUserCreate, adminUserList, otHostList } from "@breakwater/contract";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scopeTo } from "../../db/index.ts";
import { retagAssets } from "./index.ts";
import { listTags } from "./store.ts";

let installation: TestInstallation;

beforeAll(async () => {
  installation = await startInstallation();
  await sql`
    UPDATE subscription
    SET service_level = 'Custom', rate_limit = 100000, rate_window_sec = 60, concurrency_limit = 100`.execute(
    installation.db.write,
  );
  await sql`
    INSERT INTO asset (subscription_id, name, is_ot, created_at, updated_at)
    SELECT 1, 'plc-' || n, true, now(), now() FROM generate_series(1, 100) AS n`.execute(installation.db.write);
  await sql`INSERT INTO ot_host (subscription_id, asset_id, created_in) SELECT 1, id, gen_random_uuid() FROM asset`.execute(
    installation.db.write,
  );
});
afterAll(() => installation.close());

const createTag = async (body: object) =>
  (await installation.client().call(adminTagCreate, { body: body as never })).json();

test("a rule gives its tag and criticality to what matches, at once", async () => {
  const tag = await createTag({ name: "Line 1", rule: "asset.name:`plc-1` or asset.name:`plc-2`", criticality: 5 });
  expect(tag).toMatchObject({ name: "Line 1", assetCount: 2, criticality: 5 });
  const { rows } = await sql<{ name: string }>`SELECT name FROM asset WHERE criticality = 5 ORDER BY name`.execute(
    installation.db.write,
  );
  expect(rows.map(({ name }) => name)).toEqual(["plc-1", "plc-2"]);
});

test("a rule follows what it looks at: renamed assets lose and gain the tag", async () => {
  const { db } = installation;
  await createTag({ name: "Renamed", rule: "asset.name:`plc-90`" });
  await sql`UPDATE asset SET name = 'other' WHERE name = 'plc-90'`.execute(db.write);
  await sql`UPDATE asset SET name = 'plc-90' WHERE name = 'plc-91'`.execute(db.write);
  const { rows } = await sql<{
    id: number;
  }>`SELECT id FROM asset WHERE name IN ('other', 'plc-90') ORDER BY name`.execute(db.write);
  await db.write.transaction().execute((tx) =>
    retagAssets(
      tx,
      1,
      rows.map(({ id }) => id),
      Date.now(),
    ),
  );
  const tagged = await sql<{ name: string }>`
    SELECT a.name FROM asset a JOIN tag t ON t.id = ANY (a.tag_ids) WHERE t.name = 'Renamed'`.execute(db.write);
  expect(tagged.rows).toEqual([{ name: "plc-90" }]);
});

test("a Manager sees 100 hosts, a Reader given 50 of them exactly those 50, and the counts agree", async () => {
  const manager = installation.client();
  const all = await manager.call(otHostList, { query: { pageSize: 100 } });
  const hosts = (await all.json<{ assets: { assetId: number }[] }>()).assets;
  expect([all.count, hosts.length]).toEqual([100, 100]);
  const given = hosts.slice(0, 50).map(({ assetId }) => assetId);
  await createTag({ name: "Half", assetIds: given });
  const login = { username: "half_reader", password: "a-long-password-1" };
  await manager.call(adminUserCreate, { body: { ...login, role: "Reader", scopeTags: ["Half"] } });
  const seen = await installation.client(login).call(otHostList, { query: { pageSize: 100 } });
  const seenIds = (await seen.json<{ assets: { assetId: number }[] }>()).assets.map(({ assetId }) => assetId);
  expect(seen.count).toBe(50);
  expect(new Set(seenIds)).toEqual(new Set(given));
});

test("tag counts are those of the caller's scope", async () => {
  const { db } = installation;
  const { rows } = await sql<{ id: number }>`SELECT id FROM tag WHERE name = 'Half'`.execute(db.write);
  const halfId = rows[0]?.id as number;
  const narrowed = await listTags(scopeTo(db, { subscriptionId: 1, scope: { kind: "tags", tagIds: [halfId] } }));
  expect(narrowed.find(({ name }) => name === "Half")?.asset_count).toBe(50);
  const nothing = await listTags(scopeTo(db, { subscriptionId: 1, scope: { kind: "tags", tagIds: [] } }));
  expect(nothing.every(({ asset_count }) => asset_count === 0)).toBe(true);
});

test("bad tags and users are refused with what is wrong", async () => {
  const manager = installation.client();
  const refuse = (operation: typeof adminTagCreate | typeof adminUserCreate, body: object) =>
    manager.call(operation as typeof adminTagCreate, { body: body as never });
  await expect(refuse(adminTagCreate, { name: "X", rule: "asset.nam:x" })).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(/Invalid QQL token.*asset\.name/s),
  });
  await expect(refuse(adminTagCreate, { name: "a\u0000b" })).rejects.toMatchObject({ status: 400 });
  await expect(refuse(adminTagCreate, { name: "half" })).rejects.toMatchObject({ status: 409 });
  await expect(refuse(adminTagCreate, { name: "Y", parent: "none" })).rejects.toMatchObject({ status: 400 });
  const user = { username: "u2", password: "a-long-password-2", role: "Reader" };
  await expect(refuse(adminUserCreate, { ...user, role: "Nobody" })).rejects.toMatchObject({ status: 400 });
  await expect(refuse(adminUserCreate, { ...user, scopeTags: ["none"] })).rejects.toMatchObject({ status: 400 });
  await expect(refuse(adminUserCreate, { ...user, password: "short" })).rejects.toMatchObject({ status: 400 });
  await expect(refuse(adminUserCreate, { ...user, username: "ACME_MGR1" })).rejects.toMatchObject({ status: 409 });
  await expect(refuse(adminUserCreate, { ...user, username: "a\u0000b" })).rejects.toMatchObject({ status: 400 });
});

test("a user administrator can make users, but sees no data, neither itself nor as a user it made", async () => {
  const login = { username: "user_admin", password: "a-long-password-3" };
  await installation.client().call(adminUserCreate, { body: { ...login, role: "User Administrator" } });
  const admin = installation.client(login);
  await admin.call(adminUserCreate, { body: { username: "made", password: "a-long-password-4", role: "Reader" } });
  await expect(
    admin.call(adminUserCreate, { body: { username: "boss", password: "a-long-password-5", role: "Manager" } }),
  ).rejects.toMatchObject({ status: 403 });
  await createTag({ name: "Everything", rule: "asset.name:*plc*" });
  const climber = { username: "climber", password: "a-long-password-7" };
  for (const body of [
    { ...climber, role: "Unit Manager" },
    { ...climber, role: "Auditor" },
    { ...climber, role: "Reader", scopeTags: ["Everything"] },
    { ...climber, role: "User Administrator", scopeTags: ["Everything"] },
  ]) {
    await expect(admin.call(adminUserCreate, { body })).rejects.toMatchObject({ status: 403 });
  }
  const made = installation.client({ username: "made", password: "a-long-password-4" });
  expect((await made.call(otHostList)).count).toBe(0);
  await expect(admin.call(otHostList)).rejects.toMatchObject({
    status: 403,
    message: "VMDR OT.API.ACCESS is required",
  });
  await expect(admin.call(adminTagList)).rejects.toMatchObject({ status: 403 });
  const users = await (await admin.call(adminUserList)).json<{ username: string; scopeTags: string[] }[]>();
  expect(users.map(({ username }) => username)).toContain("made");
});

test("a Manager of some assets gives a scope within their own only", async () => {
  const manager = installation.client();
  for (const name of ["Mine", "Theirs"]) await createTag({ name });
  const login = { username: "small_manager", password: "a-long-password-8" };
  await manager.call(adminUserCreate, { body: { ...login, role: "Manager", scopeTags: ["Mine"] } });
  const small = installation.client(login);
  const give = (username: string, role: string, scopeTags?: string[]) =>
    small.call(adminUserCreate, {
      body: { username, password: "a-long-password-9", role, ...(scopeTags ? { scopeTags } : {}) },
    });
  expect((await give("within", "Reader", ["Mine"])).status).toBe(201);
  await expect(give("beyond", "Reader", ["Mine", "Theirs"])).rejects.toMatchObject({ status: 403 });
  await expect(give("above", "Manager")).rejects.toMatchObject({ status: 403 });
});

test.each(["a\nb", "\u202eabc", " a", "a\u0007"])("the name %j is refused for tags and people alike", async (name) => {
  const manager = installation.client();
  await expect(manager.call(adminTagCreate, { body: { name } })).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(/^name must/),
  });
  const user = { username: "named", password: "a-long-password-10", role: "Reader", fullName: name };
  await expect(manager.call(adminUserCreate, { body: user })).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(/^fullName must/),
  });
});

test("deactivating a user acts on live tokens within a second", async () => {
  const login = { username: "leaver", password: "a-long-password-6" };
  await installation.client().call(adminUserCreate, { body: { ...login, role: "Reader" } });
  const leaver = installation.client(login);
  await leaver.call(otHostList);
  await sql`UPDATE app_user SET status = 'INACTIVE' WHERE username = 'leaver'`.execute(installation.db.write);
  const before = Date.now();
  let status = 200;
  while (status === 200 && Date.now() - before < 10_000) {
    status = await leaver.call(otHostList).then(
      (answer) => answer.status,
      (error: { status: number }) => error.status,
    );
  }
  expect(status).toBe(401);
});
