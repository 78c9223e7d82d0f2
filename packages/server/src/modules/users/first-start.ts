import { randomInt } from "node:crypto";
import { SHIPPED_ROLES } from "@breakwater/contract";
import { sql } from "kysely";
import { ConfigError } from "../../config/config.ts";
import type { Database } from "../../db/pool.ts";
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
  // Looked at without the lock, so that it is not held while a password is hashed; a subscription never goes again.
  const isFirst = !(await hasSubscription(db.write));
  const manager = isFirst ? await toManager(admin) : undefined;
  return db.write.transaction().execute(async (tx) => {
    await sql`LOCK TABLE subscription IN SHARE ROW EXCLUSIVE MODE`.execute(tx);
    const newManager = (await hasSubscription(tx)) ? undefined : manager;
    if (newManager) await sql`INSERT INTO subscription (name) VALUES ('Subscription 1')`.execute(tx);
    await sql`
      INSERT INTO role (subscription_id, name, description, is_shipped, has_api_access, has_ui_access, permissions)
      SELECT s.id, r.name, r.description, true, r."hasApiAccess", r."hasUiAccess", r.permissions
      FROM subscription s, jsonb_to_recordset(${JSON.stringify(SHIPPED_ROLES)}::jsonb)
        AS r (name text, description text, "hasApiAccess" boolean, "hasUiAccess" boolean, permissions text[])
      ON CONFLICT (subscription_id, lower(name)) DO UPDATE
        SET description = excluded.description, is_shipped = true, has_api_access = excluded.has_api_access,
            has_ui_access = excluded.has_ui_access, permissions = excluded.permissions`.execute(tx);
    if (!newManager) return undefined;
    const { username, password, passwordHash } = newManager;
    await sql`
      INSERT INTO app_user (subscription_id, username, password_hash, role_id, has_full_scope)
      SELECT subscription_id, ${username}, ${passwordHash}, id, true FROM role WHERE name = 'Manager'`.execute(tx);
    return admin.password === undefined ? { username, generatedPassword: password } : { username };
  });
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
