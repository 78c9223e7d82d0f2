import type pg from "pg";
import type { Database } from "../../db/pool.ts";

/** Another import of the same connection is running; this one is to be tried again after it. */
export class ConnectionBusyError extends Error {
  override name = "ConnectionBusyError";
}

/**
 * The connections whose turn an import has. What a report does not show tells something only against the report before
 * it, so the reports of one connection are taken in one after another; those of different connections at once.
 *
 * The locks live and die with their session: a killed process frees them at once.
 */
export class ConnectionTurns {
  readonly #db: Database;
  #session: pg.Client | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @throws ConnectionBusyError instead of waiting: a waiting import would take a place from other jobs */
  async take(subscriptionId: number, connectionId: number): Promise<void> {
    this.#session ??= await this.#db.connect();
    const { rows } = await this.#session.query<{ locked: boolean }>(
      "SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked",
      [`import-connection ${subscriptionId}/${connectionId}`],
    );
    if (!rows[0]?.locked) throw new ConnectionBusyError(`connection ${connectionId} is being imported from`);
  }

  async end(): Promise<void> {
    await this.#session?.end();
    this.#session = undefined;
  }
}
