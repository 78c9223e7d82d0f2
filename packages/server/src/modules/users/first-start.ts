import { randomInt } from "node:crypto";
import { SHIPPED_ROLES } from "@breakwater/contract";
import { sql } from "kysely";
import { ConfigError } from "../../config/config.ts";
import type { Database, SqlHandle } from "../../db/pool.ts";
import { hashPassword } from "../auth/index.ts";
import { describePasswordFault, describeUsernameFault } from "./names.ts";

/** The Manager made by a first start; the password is there only when it was made up, to be printed once. */
export type FirstManager = { username: string; generatedPassword?: string };

const PASSWORD_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/**
 * Brings the shipped roles of every subscription up to date, and on the very first start makes subscription 1 and its
 * Manager. Safe with several nodes starting at once.
 *
 * @returns the Manager, when one was made
 * @throws ConfigError when one is to be made and the API would refuse its name or password
 */
export async function prepareInstallation(
  db: Database,
  admin: { username?: string; password?: string },
): Promise<FirstManager | undefined> {
  // Looked at without the lock, so that it is not held while a password is hashed; the first subscription never goes again.
  const isFirst = !(await hasSubscription(db.write));
  const manager = isFirst ? await toManager(admin) : undefined;
  return db.write.transaction().execute(async (tx) => {
    await sql`LOCK TABLE subscription IN SHARE ROW EXCLUSIVE MODE`.execute(tx);
    const newManager = (await hasSubscription(tx)) ? undefined : manager;
    if (!newManager) {
      await writeShippedRoles(tx);
      return undefined;
    }
    const { username, password } = newManager;
    await addSubscription(tx, { name: "Subscription 1", serviceLevel: "Standard" }, newManager);
    return admin.password === undefined ? { username, generatedPassword: password } : { username };
  });
}

/**
 * A subscription with the shipped roles and its first Manager.
 *
 * @returns its id; undefined when the user name is taken, and then the transaction is to be rolled back
 */
export async function addSubscription(
  tx: SqlHandle,
  subscription: { name: string; serviceLevel: string },
  manager: { username: string; passwordHash: string },
): Promise<number | undefined> {
  const { name, serviceLevel } = subscription;
  const added = await sql<{ id: number }>`
    INSERT INTO subscription (name, service_level) VALUES (${name}, ${serviceLevel}) RETURNING id`.execute(tx);
  const id = (added.rows[0] as { id: number }).id;
  await writeShippedRoles(tx, id);
  const { rows } = await sql`
    INSERT INTO app_user (subscription_id, username, password_hash, role_id, has_full_scope)
    SELECT subscription_id, ${manager.username}, ${manager.passwordHash}, id, true FROM role
    WHERE subscription_id = ${id} AND name = 'Manager'
    ON CONFLICT (lower(username)) DO NOTHING RETURNING id`.execute(tx);
  return rows.length > 0 ? id : undefined;
}

/**
 * Gives every subscription, or the one named, the shipped roles as they are now. A custom role that has the name of one
 * makes way: its users must not become what the name says.
 */
async function writeShippedRoles(tx: SqlHandle, subscriptionId: number | null = null): Promise<void> {
  const names = SHIPPED_ROLES.map(({ name }) => name.toLowerCase());
  await sql`
    UPDATE role SET name = name || ' (custom ' || id || ')' WHERE NOT is_shipped AND lower(name) = ANY (${names})
  `.execute(tx);
  await sql`
    INSERT INTO role (subscription_id, name, description, is_shipped, has_api_access, has_ui_access, permissions)
    SELECT s.id, r.name, r.description, true, r."hasApiAccess", r."hasUiAccess", r.permissions
    FROM subscription s, jsonb_to_recordset(${JSON.stringify(SHIPPED_ROLES)}::jsonb)
      AS r (name text, description text, "hasApiAccess" boolean, "hasUiAccess" boolean, permissions text[])
    WHERE ${subscriptionId}::integer IS NULL OR s.id = ${subscriptionId}
    ON CONFLICT (subscription_id, lower(name)) DO UPDATE
      SET description = excluded.description, has_api_access = excluded.has_api_access,
          has_ui_access = excluded.has_ui_access, permissions = excluded.permissions`.execute(tx);
}

async function hasSubscription(db: Database["write"]): Promise<boolean> {
  return (await sql`SELECT 1 FROM subscription LIMIT 1`.execute(db)).rows.length > 0;
}

async function toManager(admin: { username?: string; password?: string }) {
  const { username = "admin", password = generatePassword() } = admin;
  const usernameFault = describeUsernameFault(username);
  if (usernameFault) throw new ConfigError(`BREAKWATER_ADMIN_USERNAME ${usernameFault}`);
  const passwordFault = describePasswordFault(password);
  if (passwordFault) throw new ConfigError(`BREAKWATER_ADMIN_PASSWORD ${passwordFault}`);
  return { username, password, passwordHash: await hashPassword(password) };
}

/** 20 characters of an alphabet without look-alikes: 115 bits. */
function generatePassword(): string {
  return Array.from({ length: 20 }, () => PASSWORD_ALPHABET[randomInt(PASSWORD_ALPHABET.length)]).join("");
}
