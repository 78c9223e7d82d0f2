import { randomInt } from "node:crypto";
import { SHIPPED_ROLES } from "@breakwater/contract";
import { sql } from "kysely";
import type { Database } from "../../db/pool.ts";
import { hashPassword } from "../auth/index.ts";

/** The Manager made by a first start; the password is there only when it was made up, to be printed once. */
export type FirstManager = { username: string; generatedPassword?: string };

const PASSWORD_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/**
 * Brings the shipped roles of every subscription up to date, and on the very first start makes subscription 1 and its
 * Manager. Safe with several nodes starting at once.
 *
 * @returns the Manager, when one was made
 */
export async function prepareInstallation(
  db: Database,
  admin: { username?: string; password?: string },
): Promise<FirstManager | undefined> {
  const password = admin.password ?? generatePassword();
  const passwordHash = await hashPassword(password);
  return db.write.transaction().execute(async (tx) => {
    await sql`LOCK TABLE subscription IN SHARE ROW EXCLUSIVE MODE`.execute(tx);
    const existing = await sql`SELECT 1 FROM subscription LIMIT 1`.execute(tx);
    if (existing.rows.length === 0) await sql`INSERT INTO subscription (name) VALUES ('Subscription 1')`.execute(tx);
    await sql`
      INSERT INTO role (subscription_id, name, description, is_shipped, has_api_access, has_ui_access, permissions)
      SELECT s.id, r.name, r.description, true, r."hasApiAccess", r."hasUiAccess", r.permissions
      FROM subscription s, jsonb_to_recordset(${JSON.stringify(SHIPPED_ROLES)}::jsonb)
        AS r (name text, description text, "hasApiAccess" boolean, "hasUiAccess" boolean, permissions text[])
      ON CONFLICT (subscription_id, lower(name)) DO UPDATE
        SET description = excluded.description, is_shipped = true, has_api_access = excluded.has_api_access,
            has_ui_access = excluded.has_ui_access, permissions = excluded.permissions`.execute(tx);
    if (existing.rows.length > 0) return undefined;
    const username = admin.username ?? "admin";
    await sql`
      INSERT INTO app_user (subscription_id, username, password_hash, role_id, has_full_scope)
      SELECT subscription_id, ${username}, ${passwordHash}, id, true FROM role WHERE name = 'Manager'`.execute(tx);
    return admin.password === undefined ? { username, generatedPassword: password } : { username };
  });
}

/** 20 characters of an alphabet without look-alikes: 115 bits. */
function generatePassword(): string {
  return Array.from({ length: 20 }, () => PASSWORD_ALPHABET[randomInt(PASSWORD_ALPHABET.length)]).join("");
}
