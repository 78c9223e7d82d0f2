import { entityTable } from "@breakwater/domain/query/index";
import { sql } from "kysely";
import { compileQuery, compileSort, type PageSource } from "../../db/query/index.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { readFilter, readSort } from "../../filter.ts";
import { entities, entityFields } from "./store.ts";

/**
 * The entities that match, in the order asked for.
 *
 * @throws AppError `invalid-query`, `invalid-sort`
 */
export function entitySource(
  db: ScopedDb,
  { filter, sort, nowMs }: { filter: string | undefined; sort?: string | undefined; nowMs: number },
): PageSource {
  const id = sql`e.id`;
  const query = readFilter(filter, entityTable, nowMs, "filter");
  const { terms } = compileSort(readSort(sort, entityTable), entityFields, id);
  const from = entities(db);
  return { from, where: compileQuery(query, entityFields), terms, id, one: { from, where: sql`TRUE` } };
}
