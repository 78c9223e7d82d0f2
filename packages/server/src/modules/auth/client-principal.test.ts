import { randomUUID } from "node:crypto";
import { MODULES, type Module, PERMISSION_MODULES, PERMISSIONS, type Permission } from "@breakwater/contract";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../db/index.ts";
import { prepareInstallation } from "../users/index.ts";
import { readClientPrincipal, toModulePermissions } from "./client-principal.ts";
import { PrincipalDirectory } from "./principal-directory.ts";

const NOW = Date.UTC(2026, 0, 1);
let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
  await prepareInstallation(db, { username: "boss", password: "a-long-password-1" });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

type Columns = { userId?: number; modules: readonly Module[]; permissions?: readonly Permission[]; tagIds?: number[] };
async function insert({ userId, modules, permissions = [], tagIds }: Columns): Promise<string> {
  const id = randomUUID();
  await sql`
    INSERT INTO api_client (subscription_id, id, name, user_id, modules, permissions, has_full_scope, scope_tag_ids,
                            secret_hash, created_by, created_at)
    VALUES (1, ${id}, ${id}, ${userId ?? null}, ${[...modules]}::text[], ${[...permissions]}::text[], ${!tagIds},
            ${tagIds ?? []}::integer[], '', 'boss', now())`.execute(db.write);
  return id;
}
const read = (id: string) => readClientPrincipal(db, 1, id, NOW);
async function setRole(role: string, permissions: readonly string[]): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    WITH r AS (
      INSERT INTO role (subscription_id, name, has_api_access, has_ui_access, permissions)
      VALUES (1, ${role}, true, false, ${[...permissions]}::text[])
      ON CONFLICT (subscription_id, lower(name)) DO UPDATE SET permissions = EXCLUDED.permissions RETURNING id
    )
    INSERT INTO app_user (subscription_id, username, password_hash, role_id, has_full_scope)
    SELECT 1, 'worker', 'none', id, true FROM r
    ON CONFLICT (lower(username)) DO UPDATE SET role_id = EXCLUDED.role_id RETURNING id`.execute(db.write);
  return rows[0]?.id as number;
}

test("every permission belongs to a module, and every module has one", () => {
  expect(Object.keys(PERMISSION_MODULES).sort()).toEqual([...PERMISSIONS].sort());
  expect(new Set(Object.values(PERMISSION_MODULES))).toEqual(new Set(MODULES));
  expect(toModulePermissions(PERMISSIONS, MODULES)).toEqual(PERMISSIONS);
  expect(toModulePermissions(["no permission", "toString"], MODULES)).toEqual([]);
});

const modules = fc.subarray([...MODULES], { minLength: 1 });
const permissions = fc.subarray([...PERMISSIONS]);

test("a user's client holds what the role has of its modules, a subscription's what it was given of them", async () => {
  await fc.assert(
    fc.asyncProperty(modules, permissions, async (chosen, held) => {
      const userId = await setRole("Worker", held);
      const allowed = held.filter((name) => chosen.some((module) => PERMISSION_MODULES[name] === module));
      const personal = await read(await insert({ userId, modules: chosen, permissions: PERMISSIONS }));
      const shared = await read(await insert({ modules: chosen, permissions: held }));
      for (const principal of [personal, shared]) expect([...(principal?.caller.permissions ?? [])]).toEqual(allowed);
      expect(personal?.caller.username).toBe("worker");
      expect(shared?.caller.username).toMatch(/^client:/);
    }),
    { numRuns: 25 },
  );
});

test("a Manager's client is a Manager only with every module", async () => {
  const { rows } = await sql<{ id: number }>`SELECT id FROM app_user WHERE username = 'boss'`.execute(db.read);
  const userId = rows[0]?.id as number;
  await fc.assert(
    fc.asyncProperty(modules, async (chosen) => {
      const principal = await read(await insert({ userId, modules: chosen }));
      expect(principal?.caller.role === "Manager").toBe(chosen.length === MODULES.length);
    }),
    { numRuns: 20 },
  );
  const shared = await read(await insert({ modules: MODULES, permissions: PERMISSIONS }));
  expect(shared?.caller.role).toBe("API client");
});

test("a scope tag covers the tags below it, as in a user's scope", async () => {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO tag (subscription_id, name) VALUES (1, 'site') RETURNING id`.execute(db.write);
  const site = rows[0]?.id as number;
  const below = await sql<{ id: number }>`
    INSERT INTO tag (subscription_id, name, parent_id) VALUES (1, 'hall', ${site}) RETURNING id`.execute(db.write);
  const principal = await read(await insert({ modules: ["OT"], permissions: ["VMDR OT.API.ACCESS"], tagIds: [site] }));
  expect(principal?.caller.scope).toEqual({ kind: "tags", tagIds: [site, below.rows[0]?.id] });
});

test("a revocation is known to every node within a second", async () => {
  let now = NOW;
  const nodes = [new PrincipalDirectory(db, () => now), new PrincipalDirectory(db, () => now)];
  const account = {
    kind: "client",
    id: await insert({ modules: ["OT"], permissions: ["VMDR OT.API.ACCESS"] }),
  } as const;
  for (const node of nodes) expect(await node.find(1, account)).toBeDefined();
  await sql`UPDATE api_client SET revoked_at = now() WHERE id = ${account.id}`.execute(db.write);
  now += 1000;
  for (const node of nodes) {
    expect(node.peek(1, account)).toBeUndefined();
    expect(await node.find(1, account)).toBeUndefined();
  }
});

test("clients of another subscription are not there", async () => {
  const id = await insert({ modules: ["OT"], permissions: ["VMDR OT.API.ACCESS"] });
  expect(await read(id)).toBeDefined();
  expect(await readClientPrincipal(db, 2, id, NOW)).toBeUndefined();
});
