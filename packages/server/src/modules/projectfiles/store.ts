import type { Page } from "@breakwater/contract";
import type { Query, SortKey } from "@breakwater/domain/query/index";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { compileQuery, compileSort, type FieldMap } from "../../db/query/index.ts";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import type { ProjectFileStatus, StoredModule } from "./write-store.ts";

/** Who looks: project files without any host are seen by who sent them. */
export type Viewer = { username: string };

export type ProjectFileListRow = {
  id: string;
  name: string;
  extension: string;
  vendor: string | null;
  status: ProjectFileStatus;
  fileHash: string;
  toolName: string | null;
  toolVersion: string | null;
  plantLocation: string | null;
  uploadedBy: string;
  updatedAt: Date;
  assets: { assetId: number; name: string; ipAddress: string[] }[];
};

/** Assets in scope that the project file `f` names. */
function assetsInScope(db: ScopedDb): RawBuilder<unknown> {
  return sql`asset a WHERE a.subscription_id = f.subscription_id AND ${assetInScope(db, sql.ref("a.tag_ids"))}
    AND a.id IN (SELECT n.asset_id FROM ot_project_file_asset n
                 WHERE n.subscription_id = f.subscription_id AND n.project_file_id = f.id)`;
}

/**
 * A file is seen by who sees any of its hosts, since it then tells nothing but of these; one that names none by its
 * uploader. With a scope over all assets all are seen.
 */
function isSeen(db: ScopedDb, viewer: Viewer): RawBuilder<SqlBool> {
  const isOwn = sql<SqlBool>`f.subscription_id = ${db.subscriptionId}`;
  if (db.scope.kind === "all") return isOwn;
  return sql<SqlBool>`${isOwn} AND (EXISTS (SELECT FROM ${assetsInScope(db)}) OR f.uploaded_by = ${viewer.username} AND NOT EXISTS (
    SELECT FROM ot_project_file_asset n WHERE n.subscription_id = f.subscription_id AND n.project_file_id = f.id))`;
}

/** Where the tokens of project file queries have their data: exactly what the list shows. */
export function projectFileFields(db: ScopedDb): FieldMap {
  const text = (column: string) => ({ kind: "text" as const, column: sql.ref(column) });
  return {
    columns: {
      name: text("f.name"),
      vendor: text("f.vendor"),
      status: { kind: "keyword", column: sql`f.status` },
      fileHash: { kind: "keyword", column: sql`f.file_hash` },
      engineeringToolName: text("f.engineering_tool_name"),
      engineeringToolVersion: text("f.engineering_tool_version"),
      plantLocation: text("f.plant_location"),
      uploadedBy: text("f.uploaded_by"),
      lastUpdated: { kind: "timestamp", column: sql`f.updated_at` },
      assetCount: { kind: "integer", column: sql`(SELECT count(*) FROM ${assetsInScope(db)})` },
    },
  };
}

/** Whether there is any for the caller, whatever a filter says. */
export async function hasProjectFiles(db: ScopedDb, viewer: Viewer): Promise<boolean> {
  const { rows } = await sql`SELECT FROM ot_project_file f WHERE ${isSeen(db, viewer)} LIMIT 1`.execute(db.read);
  return rows.length > 0;
}

export async function countProjectFiles(db: ScopedDb, viewer: Viewer, filter: Query): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM ot_project_file f
    WHERE ${isSeen(db, viewer)} AND ${compileQuery(filter, projectFileFields(db))}`.execute(db.read);
  return rows[0]?.count ?? 0;
}

function columns(db: ScopedDb): RawBuilder<unknown> {
  return sql`f.id, f.name, f.extension, f.vendor, f.status, f.file_hash AS "fileHash", f.engineering_tool_name AS "toolName",
    f.engineering_tool_version AS "toolVersion", f.plant_location AS "plantLocation", f.uploaded_by AS "uploadedBy",
    f.updated_at AS "updatedAt",
    (SELECT coalesce(json_agg(json_build_object('assetId', a.id, 'name', a.name,
       'ipAddress', ARRAY(SELECT host(x) FROM unnest(a.ip_addresses) AS x)) ORDER BY a.id), '[]')
     FROM ${assetsInScope(db)}) AS assets`;
}

export async function listProjectFiles(
  db: ScopedDb,
  viewer: Viewer,
  filter: Query,
  sort: readonly SortKey[],
  { pageNumber, pageSize }: Page,
): Promise<ProjectFileListRow[]> {
  const fields = projectFileFields(db);
  const { terms } = compileSort(sort, fields, sql`f.id`);
  const orderBy = terms.map(({ column, direction }) =>
    direction === "asc" ? sql`${column} asc` : sql`${column} desc`,
  );
  const { rows } = await sql<ProjectFileListRow>`
    SELECT ${columns(db)} FROM ot_project_file f
    WHERE ${isSeen(db, viewer)} AND ${compileQuery(filter, fields)}
    ORDER BY ${sql.join(orderBy)} LIMIT ${pageSize} OFFSET ${pageNumber}::bigint * ${pageSize}::bigint`.execute(
    db.read,
  );
  return rows;
}

/** @param id a UUID */
export async function findProjectFile(
  db: ScopedDb,
  viewer: Viewer,
  id: string,
): Promise<ProjectFileListRow | undefined> {
  const { rows } = await sql<ProjectFileListRow>`
    SELECT ${columns(db)} FROM ot_project_file f WHERE ${isSeen(db, viewer)} AND f.id = ${id}::uuid`.execute(db.read);
  return rows[0];
}

/** The parts of the tree that belong to hosts in scope, in the order of the file's hosts. */
export async function listTree(db: ScopedDb, id: string): Promise<{ assetId: number; modules: StoredModule[] }[]> {
  const { rows } = await sql<{ assetId: number; modules: StoredModule[] }>`
    SELECT n.asset_id AS "assetId", n.modules FROM ot_project_file_asset n
    JOIN asset a ON a.subscription_id = n.subscription_id AND a.id = n.asset_id
    WHERE n.subscription_id = ${db.subscriptionId} AND n.project_file_id = ${id}::uuid
      AND ${assetInScope(db, sql.ref("a.tag_ids"))}
    ORDER BY n.ordinal`.execute(db.read);
  return rows;
}
