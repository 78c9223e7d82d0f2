import { AppError, type etmEntityList, type QueryOf } from "@breakwater/contract";
import { countRows } from "../../db/query/index.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { type PageOf, turnPage } from "../etm/index.ts";
import { entitySource } from "./sources.ts";
import { type EntityRow, readEntities } from "./store.ts";

/** @throws AppError `invalid-query`, `invalid-sort`, `invalid-parameter` (cursor) */
export async function listEntities(
  db: ScopedDb,
  query: QueryOf<typeof etmEntityList>,
  nowMs: number,
): Promise<PageOf<EntityRow>> {
  const { filter, sort } = query;
  const source = entitySource(db, { filter, sort, nowMs });
  const { ids, count, nextCursor } = await turnPage(db, source, ["entities", filter, sort], query);
  return { records: await readEntities(db, ids), count, nextCursor };
}

/** @throws AppError `invalid-query` */
export function countEntities(db: ScopedDb, filter: string | undefined, nowMs: number): Promise<number> {
  return countRows(db.read, entitySource(db, { filter, nowMs }));
}

/** @throws AppError `not-found`, also for a tag outside the scope */
export async function getEntity(db: ScopedDb, id: number): Promise<EntityRow> {
  const [entity] = await readEntities(db, [id]);
  if (!entity) throw new AppError("not-found", `there is no business entity ${id} in your scope`);
  return entity;
}
