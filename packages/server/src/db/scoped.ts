import { type RawBuilder, sql } from "kysely";
import type { Scope } from "../caller.ts";
import type { Database, SqlHandle } from "./pool.ts";

declare const scoped: unique symbol;

/**
 * The database narrowed to one caller's subscription and scope. Stores take it first and put both into every query.
 * Only this file makes one, so a store cannot be reached with an unscoped handle.
 */
export type ScopedDb = {
  readonly subscriptionId: number;
  readonly scope: Scope;
  /** Cannot write, and has a statement timeout. Within `transaction` both handles are the transaction. */
  readonly read: SqlHandle;
  readonly write: SqlHandle;
  /** Runs `work` in one transaction; rolls back when it throws. Within a transaction it joins that one. */
  transaction<T>(work: (db: ScopedDb) => Promise<T>): Promise<T>;
  readonly [scoped]: true;
};

/** Narrows the database to a caller, or to the person on whose behalf a job runs. */
export function scopeTo(
  db: Pick<Database, "read" | "write">,
  caller: { subscriptionId: number; scope: Scope },
): ScopedDb {
  const { subscriptionId, scope } = caller;
  const seal = (handles: Omit<ScopedDb, typeof scoped | "subscriptionId" | "scope">) =>
    Object.freeze({ subscriptionId, scope, ...handles }) as ScopedDb;
  return seal({
    read: db.read,
    write: db.write,
    transaction: (work) =>
      db.write.transaction().execute((trx) => {
        const inner: ScopedDb = seal({ read: trx, write: trx, transaction: (nested) => nested(inner) });
        return work(inner);
      }),
  });
}

/**
 * The condition "the asset is in the caller's scope" over an asset's tag array.
 *
 * @example sql`SELECT … FROM asset a WHERE a.subscription_id = ${db.subscriptionId} AND ${assetInScope(db, sql.ref("a.tag_ids"))}`
 */
export function assetInScope(db: ScopedDb, tagIds: RawBuilder<unknown>): RawBuilder<boolean> {
  if (db.scope.kind === "all") return sql<boolean>`TRUE`;
  return sql<boolean>`${tagIds} && ${[...db.scope.tagIds]}::integer[]`;
}
