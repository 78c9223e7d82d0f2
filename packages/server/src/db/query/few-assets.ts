import { type RawBuilder, type SqlBool, sql } from "kysely";
import { listCacheOf, listKey } from "../list-cache.ts";
import type { SqlHandle } from "../pool.ts";

/** Up to so many assets are looked up first, and then what belongs to them. */
const MAX_FEW_ASSETS = 2_000;
const MINUTE_MS = 60_000;

/**
 * Whether few assets fulfil the condition over `asset a`. Decides a plan, never a result; so it may be a minute old.
 *
 * For a LIMIT the planner would rather walk all rows in order until enough of them are on such assets, which takes a
 * second when they are one in ten thousand.
 */
export async function areFewAssets(db: SqlHandle, condition: RawBuilder<SqlBool>, nowMs: number): Promise<boolean> {
  const select = sql<{ assets: number }>`SELECT count(*) AS assets
    FROM (SELECT FROM asset a WHERE ${condition} LIMIT ${MAX_FEW_ASSETS + 1}) few`;
  const cache = listCacheOf(db);
  const [key, minute] = [listKey(db, select), `minute ${Math.floor(nowMs / MINUTE_MS)}`];
  const known = key === null ? undefined : cache?.find<number>(key, minute);
  if (known !== undefined) return known <= MAX_FEW_ASSETS;
  const { assets } = (await select.execute(db)).rows[0]!;
  if (key !== null) cache?.put(key, minute, assets);
  return assets <= MAX_FEW_ASSETS;
}

/** A table expression of these assets, to be read before anything that is joined to it: OFFSET 0 keeps it apart. */
export function assetsFirst(condition: RawBuilder<SqlBool>): RawBuilder<unknown> {
  return sql`(SELECT * FROM asset a WHERE ${condition} OFFSET 0) a`;
}
