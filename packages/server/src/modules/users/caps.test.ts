import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Actor } from "../audit/index.ts";
import { createRole } from "../roles/service.ts";
import { createTag, updateTag } from "../tags/service.ts";
import { createUnit } from "../units/service.ts";
import { type People, startPeople } from "./people.fixture.ts";
import { createUser } from "./service.ts";

let people: People;
let boss: Actor;

beforeAll(async () => {
  people = await startPeople();
  boss = await people.actorOf("boss");
});
afterAll(() => people.close());

const room = () => people.all(1);

/** What is there, one short of the cap; then one more is made, and one too many. */
test.each([
  [
    "10000 users",
    sql`INSERT INTO app_user (subscription_id, username, password_hash, role_id)
        SELECT 1, 'user-' || n, 'none', (SELECT min(id) FROM role) FROM generate_series(1, 9998) n`,
    (name: string) =>
      createUser(room(), { clock: Date.now }, boss, { username: name, password: "a-long-password-1", role: "Reader" }),
  ],
  [
    "500 roles",
    sql`INSERT INTO role (subscription_id, name, has_api_access, has_ui_access)
        SELECT 1, 'role-' || n, true, true FROM generate_series(1, 499 - (SELECT count(*) FROM role)::integer) n`,
    (name: string) => createRole(room(), boss, { name, permissions: [] }),
  ],
  [
    "1000 business units",
    sql`INSERT INTO business_unit (subscription_id, name) SELECT 1, 'unit-' || n FROM generate_series(1, 999) n`,
    (name: string) => createUnit(room(), boss, { name }),
  ],
  [
    "1000 tags with a rule",
    sql`INSERT INTO tag (subscription_id, name, rule) SELECT 1, 'rule-' || n, 'asset.name:x' FROM generate_series(1, 999) n`,
    (name: string) => createTag(room(), { clock: Date.now }, boss, { name, rule: "asset.name:x" }),
  ],
  [
    "5000 tags",
    sql`INSERT INTO tag (subscription_id, name)
        SELECT 1, 'tag-' || n FROM generate_series(1, 4999 - (SELECT count(*) FROM tag)::integer) n`,
    (name: string) => createTag(room(), { clock: Date.now }, boss, { name }),
  ],
])("a subscription has at most %s", async (most, fill, make) => {
  await fill.execute(people.db.write);
  await make("last");
  await expect(make("beyond")).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining(most) });
  await sql`DELETE FROM tag WHERE name = 'last'`.execute(people.db.write);
});

test("a static tag does not become one too many with a rule", async () => {
  await sql`UPDATE tag SET rule = 'asset.name:x' WHERE id IN (SELECT id FROM tag WHERE rule IS NULL ORDER BY id LIMIT 1)`.execute(
    people.db.write,
  );
  const id = await people.addTag("static");
  await expect(updateTag(room(), { clock: Date.now }, boss, id, { rule: "asset.name:x" })).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("1000 tags with a rule"),
  });
  expect(await updateTag(room(), { clock: Date.now }, boss, id, { criticality: 4 })).toMatchObject({
    criticality: 4,
    rule: null,
  });
});
