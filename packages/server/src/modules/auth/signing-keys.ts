import { createSecretKey, type KeyObject, randomBytes, randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Database } from "../../db/pool.ts";

export type SigningKey = { id: string; secret: KeyObject };

const RELOAD_AFTER_MS = 1_000;

/**
 * The installation's HS512 keys, kept in the database so that every node signs and verifies with the same.
 * Made on first start.
 */
export class SigningKeys {
  readonly #db: Database;
  readonly #clock: () => number;
  #keys = new Map<string, SigningKey>();
  #current: SigningKey | undefined;
  #loadedAt = 0;

  constructor(db: Database, clock: () => number) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Loads the keys, making the first one if there is none. Safe with several nodes starting at once. */
  async open(): Promise<void> {
    await sql`
      INSERT INTO signing_key (id, algorithm, private_key)
      SELECT ${randomUUID()}, 'HS512', ${randomBytes(64)}
      WHERE NOT EXISTS (SELECT FROM signing_key WHERE algorithm = 'HS512' AND retired_at IS NULL)`.execute(
      this.#db.write,
    );
    await this.#load();
  }

  get current(): SigningKey {
    if (!this.#current) throw new Error("signing keys are not open");
    return this.#current;
  }

  /** The key of that id; looks into the database, at most once a second, for one that another node has made. */
  async find(id: string): Promise<SigningKey | undefined> {
    const known = this.#keys.get(id);
    if (known || this.#clock() - this.#loadedAt < RELOAD_AFTER_MS) return known;
    await this.#load();
    return this.#keys.get(id);
  }

  async #load(): Promise<void> {
    this.#loadedAt = this.#clock();
    const { rows } = await sql<{ id: string; private_key: Buffer; is_retired: boolean }>`
      SELECT id, private_key, retired_at IS NOT NULL AS is_retired
      FROM signing_key WHERE algorithm = 'HS512' ORDER BY created_at, id`.execute(this.#db.write);
    this.#keys = new Map(rows.map((row) => [row.id, { id: row.id, secret: createSecretKey(row.private_key) }]));
    const current = rows.filter((row) => !row.is_retired).at(-1);
    this.#current = current && this.#keys.get(current.id);
  }
}
