import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll } from "vitest";
import type { Database } from "../../db/index.ts";
import { prepareInstallation } from "../users/index.ts";
import { Login } from "./login.ts";
import { PrincipalDirectory } from "./principal-directory.ts";
import { type AuthService, createAuthService } from "./service.ts";
import { SigningKeys } from "./signing-keys.ts";
import { Tokens } from "./tokens.ts";

export const PASSWORD = "a-long-password-1";

type AuditRow = { action: string; result: string; detail: { reason?: string } };

/** A database with a Manager `boss`, a clock, and nodes over it, as in a test file. */
export class AccountWorld {
  nowMs = Date.UTC(2030, 0, 1);
  readonly clock = () => this.nowMs;
  #database: TestDatabase | undefined;
  #db: Database | undefined;

  constructor() {
    beforeAll(async () => {
      this.#database = await createTestDatabase();
      this.#db = this.#database.open();
      await prepareInstallation(this.#db, { username: "boss", password: PASSWORD });
    });
    afterAll(async () => {
      await this.#db?.close();
      await this.#database?.drop();
    });
  }

  get db(): Database {
    return this.#db as Database;
  }

  /** The authentication of one node, with a guard and a cache of its own. */
  async startNode(db = this.db): Promise<AuthService> {
    const keys = new SigningKeys(db, this.clock);
    await keys.open();
    const parts = { login: new Login(db, this.clock), tokens: new Tokens(keys, this.clock) };
    return createAuthService({ ...parts, principals: new PrincipalDirectory(db, this.clock) });
  }

  /** A user with {@link PASSWORD}: `set` is SQL of further columns. @returns the id */
  async addUser(username: string, set: { role?: string; values?: Record<string, unknown> } = {}): Promise<number> {
    const { rows } = await sql<{ id: number }>`
      INSERT INTO app_user (subscription_id, username, password_hash, password_changed_at, role_id)
      SELECT b.subscription_id, ${username}, b.password_hash, ${new Date(this.nowMs)}, r.id
      FROM app_user b JOIN role r ON r.subscription_id = b.subscription_id AND r.name = ${set.role ?? "Reader"}
      WHERE b.username = 'boss' RETURNING id`.execute(this.db.write);
    const id = rows[0]?.id as number;
    await this.setUser(id, set.values ?? {});
    return id;
  }

  setUser(id: number, values: Record<string, unknown>): Promise<void> {
    return this.#set("app_user", id, values);
  }

  /** Gives a user the role that another has. */
  async copyRole(fromId: number, toId: number): Promise<void> {
    await sql`UPDATE app_user u SET role_id = o.role_id FROM app_user o WHERE o.id = ${fromId} AND u.id = ${toId}`.execute(
      this.db.write,
    );
  }

  async deleteUser(id: number): Promise<void> {
    await sql`DELETE FROM app_user WHERE id = ${id}`.execute(this.db.write);
  }

  setPolicy(values: Record<string, unknown>): Promise<void> {
    return this.#set("subscription", 1, values);
  }

  async #set(table: string, id: number, values: Record<string, unknown>): Promise<void> {
    for (const [column, value] of Object.entries(values)) {
      await sql`UPDATE ${sql.table(table)} SET ${sql.ref(column)} = ${value} WHERE id = ${id}`.execute(this.db.write);
    }
  }

  /** What the audit log has of an actor, oldest first: `auth.login failure wrong password`. */
  async readAudit(actor: string): Promise<string[]> {
    const { rows } = await sql<AuditRow>`
      SELECT action, result, detail FROM audit_event WHERE actor = ${actor} ORDER BY id`.execute(this.db.read);
    return rows.map(({ action, result, detail }) => [action, result, detail.reason ?? ""].join(" ").trim());
  }
}
