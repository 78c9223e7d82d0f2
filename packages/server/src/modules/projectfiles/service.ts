import { AppError, type Page } from "@breakwater/contract";
import { projectFileTable } from "@breakwater/domain/query/index";
import type { Caller } from "../../caller.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { readFilter, readSort } from "../../filter.ts";
import * as store from "./store.ts";

export type ProjectFileQuery = { filter?: string; sort?: string };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A page of project files, and the total.
 *
 * @throws AppError `invalid-query`, `invalid-sort`; `not-found` when there is none at all in scope
 */
export async function listProjectFiles(
  db: ScopedDb,
  caller: Caller,
  query: ProjectFileQuery,
  page: Page,
  nowMs: number,
): Promise<{ rows: store.ProjectFileListRow[]; count: number }> {
  const filter = readFilter(query.filter ?? "", projectFileTable, nowMs, "filter");
  const sort = readSort(query.sort ?? "", projectFileTable);
  if (!(await store.hasProjectFiles(db, caller)))
    throw new AppError("not-found", "no project file is found in your scope");
  const rows = await store.listProjectFiles(db, caller, filter, sort, page);
  return { rows, count: await store.countProjectFiles(db, caller, filter) };
}

/** @throws AppError `invalid-query` */
export async function countProjectFiles(
  db: ScopedDb,
  caller: Caller,
  query: ProjectFileQuery,
  nowMs: number,
): Promise<number> {
  const filter = readFilter(query.filter ?? "", projectFileTable, nowMs, "filter");
  return await store.countProjectFiles(db, caller, filter);
}

/** @throws AppError `not-found` */
export async function readProjectFile(db: ScopedDb, caller: Caller, id: string) {
  const row = UUID.test(id) ? await store.findProjectFile(db, caller, id) : undefined;
  if (row === undefined)
    throw new AppError("not-found", `there is no project file ${JSON.stringify(id.slice(0, 100))}`);
  return { row, tree: await store.listTree(db, row.id) };
}
