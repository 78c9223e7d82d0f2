import type { Permission } from "@breakwater/contract";
import { createTestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import type { Caller, Scope } from "../../caller.ts";
import { type ScopedDb, scopeTo } from "../../db/scoped.ts";
import type { Actor } from "../audit/index.ts";
import { prepareInstallation } from "./index.ts";
import { listTagsBelow, type UserStatus } from "./store.ts";

/** A subscription with its Manager `boss`, to which people are added without the price of their passwords. */
export async function startPeople() {
  const database = await createTestDatabase();
  const db = database.open();
  await prepareInstallation(db, { username: "boss", password: "a-long-password-1" });
  const all = (subscriptionId: number): ScopedDb => scopeTo(db, { subscriptionId, scope: { kind: "all" } });

  const addTag = async (name: string, parentId: number | null = null, subscriptionId = 1): Promise<number> => {
    const { rows } = await sql<{ id: number }>`
      INSERT INTO tag (subscription_id, name, parent_id) VALUES (${subscriptionId}, ${name}, ${parentId})
      RETURNING id`.execute(db.write);
    return (rows[0] as { id: number }).id;
  };

  const add = async (
    username: string,
    role: string,
    { scope = { kind: "all" } as Scope, unitId = null as number | null, subscriptionId = 1 } = {},
  ): Promise<number> => {
    const tagIds = scope.kind === "tags" ? scope.tagIds : [];
    const { rows } = await sql<{ id: number }>`
      INSERT INTO app_user (subscription_id, username, password_hash, role_id, has_full_scope, scope_tag_ids,
                            business_unit_id)
      SELECT subscription_id, ${username}, 'none', id, ${scope.kind === "all"}, ${tagIds}, ${unitId}::integer FROM role
      WHERE subscription_id = ${subscriptionId} AND name = ${role} RETURNING id`.execute(db.write);
    return (rows[0] as { id: number }).id;
  };

  /** The user as the gateway would show it to a handler. */
  const actorOf = async (username: string): Promise<Actor> => {
    const { rows } = await sql<CallerRow>`
      SELECT u.id, u.subscription_id, r.name AS role, r.permissions, u.has_full_scope, u.scope_tag_ids
      FROM app_user u JOIN role r ON r.id = u.role_id WHERE u.username = ${username}`.execute(db.write);
    const row = rows[0] as CallerRow;
    const tagIds = await listTagsBelow(all(row.subscription_id), row.scope_tag_ids);
    const caller: Caller = {
      subscriptionId: row.subscription_id,
      isOperator: row.subscription_id === 1,
      account: { kind: "user", id: row.id },
      username,
      role: row.role,
      permissions: new Set(row.permissions),
      scope: row.has_full_scope ? { kind: "all" } : { kind: "tags", tagIds },
    };
    return { caller, address: "127.0.0.1" };
  };

  /** What is stored of a user; undefined when it is gone. */
  const look = async (username: string) => {
    const { rows } = await sql<StoredUser>`SELECT * FROM app_user WHERE username = ${username}`.execute(db.write);
    return rows[0];
  };

  const close = async () => {
    await db.close();
    await database.drop();
  };
  return { db, all, addTag, add, actorOf, look, close };
}

export type People = Awaited<ReturnType<typeof startPeople>>;

type CallerRow = {
  id: number;
  subscription_id: number;
  role: string;
  permissions: Permission[];
  has_full_scope: boolean;
  scope_tag_ids: number[];
};

type StoredUser = {
  id: number;
  status: UserStatus;
  role_id: number;
  password_hash: string;
  password_changed_at: Date;
  token_generation: number;
  is_sso_only: boolean;
  failed_logins: number;
  locked_until: Date | null;
  has_full_scope: boolean;
  scope_tag_ids: number[];
  business_unit_id: number | null;
};
