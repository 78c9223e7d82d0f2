import { type ModulePlace, PROJECT_FILE, type Statement } from "@breakwater/domain/ot/index";
import type { ProjectModuleRecord } from "@breakwater/formats/records";
import { sql, type Transaction } from "kysely";

type Tx = Transaction<unknown>;

export type ProjectFileStatus = "PROCESSED" | "PARTIAL" | "FAILED";

/** Times in epoch milliseconds. */
export type ProjectFileRow = {
  id: string;
  network: string;
  projectKey: string | null;
  name: string;
  extension: string;
  vendor: string | null;
  status: ProjectFileStatus;
  fileHash: string;
  toolName: string | null;
  toolVersion: string | null;
  plantLocation: string | null;
  uploadedBy: string;
  savedAt: number;
  updatedAt: number;
  jobId: string;
};

export type KnownProjectFile = { id: string; fileHash: string; savedAt: number; plantLocation: string | null };

/** The part of a project's tree that belongs to a host, itself first and without a place. */
export type StoredModule = { module: ProjectModuleRecord; place: ModulePlace | null };

/** A host that a file names. */
export type NamedHost = { assetId: number; statements: Statement[]; modules: StoredModule[] };

/** Held to the end of the transaction: what several project files say of one host is put together by one at a time. */
export async function lockProjectFiles(tx: Tx, subscriptionId: number): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`project-files ${subscriptionId}`}, 0))`.execute(tx);
}

/** The record that a file belongs to: its project's; of a file that could not be read, that of the same file. */
export async function findProjectFile(
  tx: Tx,
  { subscriptionId, network }: { subscriptionId: number; network: string },
  projectKey: string | null,
  fileHash: string,
): Promise<KnownProjectFile | null> {
  const isMeant =
    projectKey === null ? sql`project_key IS NULL AND file_hash = ${fileHash}` : sql`project_key = ${projectKey}`;
  const { rows } = await sql<Omit<KnownProjectFile, "savedAt"> & { savedAt: Date }>`
    SELECT id, file_hash AS "fileHash", saved_at AS "savedAt", plant_location AS "plantLocation" FROM ot_project_file
    WHERE subscription_id = ${subscriptionId} AND network = ${network} AND ${isMeant}
    ORDER BY id LIMIT 1`.execute(tx);
  return rows.map((row) => ({ ...row, savedAt: row.savedAt.getTime() }))[0] ?? null;
}

/** @returns the record's id. One of the same file keeps its time and its uploader. */
export async function saveProjectFile(
  tx: Tx,
  subscriptionId: number,
  row: Omit<ProjectFileRow, "id">,
  known: KnownProjectFile | null,
): Promise<string> {
  const isSame = known?.fileHash === row.fileHash;
  const { rows } = await sql<{ id: string }>`
    INSERT INTO ot_project_file AS f (subscription_id, id, network, project_key, name, extension, vendor, status, file_hash,
      engineering_tool_name, engineering_tool_version, plant_location, uploaded_by, saved_at, updated_at, job_id)
    VALUES (${subscriptionId}, coalesce(${known?.id ?? null}::uuid, gen_random_uuid()), ${row.network}, ${row.projectKey},
      ${row.name}, ${row.extension}, ${row.vendor}, ${row.status}, ${row.fileHash}, ${row.toolName}, ${row.toolVersion},
      ${row.plantLocation}, ${row.uploadedBy}, ${new Date(row.savedAt)}, ${new Date(row.updatedAt)}, ${row.jobId}::uuid)
    ON CONFLICT (subscription_id, id) DO UPDATE SET name = excluded.name, extension = excluded.extension,
      vendor = excluded.vendor, status = excluded.status, file_hash = excluded.file_hash,
      engineering_tool_name = excluded.engineering_tool_name,
      engineering_tool_version = excluded.engineering_tool_version, plant_location = excluded.plant_location,
      saved_at = excluded.saved_at, job_id = excluded.job_id,
      uploaded_by = CASE WHEN ${isSame} THEN f.uploaded_by ELSE excluded.uploaded_by END,
      updated_at = CASE WHEN ${isSame} THEN f.updated_at ELSE excluded.updated_at END
    RETURNING id`.execute(tx);
  return rows[0]!.id;
}

/**
 * Puts the hosts that the file names now in the place of those it named before.
 *
 * @returns assets that it names now, those that it named before and does not any more, and which of the latter no other
 *   project file names either
 */
export async function replaceHosts(
  tx: Tx,
  { subscriptionId, id }: { subscriptionId: number; id: string },
  hosts: readonly NamedHost[],
): Promise<{ kept: number[]; left: number[]; unnamed: number[] }> {
  const { rows: before } = await sql<{ assetId: number }>`
    DELETE FROM ot_project_file_asset WHERE subscription_id = ${subscriptionId} AND project_file_id = ${id}::uuid
    RETURNING asset_id AS "assetId"`.execute(tx);
  const rows = hosts.map((host, ordinal) => ({ ...host, ordinal }));
  await sql`
    INSERT INTO ot_project_file_asset (subscription_id, project_file_id, asset_id, ordinal, statements, modules)
    SELECT ${subscriptionId}, ${id}::uuid, n."assetId", n.ordinal, n.statements, n.modules
    FROM json_to_recordset(${JSON.stringify(rows)}::json)
      AS n("assetId" bigint, ordinal integer, statements jsonb, modules jsonb)`.execute(tx);
  const kept = [...new Set(hosts.map(({ assetId }) => assetId))];
  const left = [...new Set(before.map(({ assetId }) => assetId))].filter((assetId) => !kept.includes(assetId));
  const { rows: unnamed } = await sql<{ id: number }>`
    SELECT id FROM unnest(${left}::bigint[]) AS id WHERE NOT EXISTS (
      SELECT FROM ot_project_file_asset n WHERE n.subscription_id = ${subscriptionId} AND n.asset_id = id)`.execute(tx);
  return { kept, left, unnamed: unnamed.map((row) => row.id) };
}

/** Order and catalogue numbers that sources which saw the device tell at these addresses. */
export async function listSeenNumbers(
  tx: Tx,
  { subscriptionId, network }: { subscriptionId: number; network: string },
  addresses: readonly string[],
): Promise<{ address: string; orderNumber: string | null; catalogNumber: string | null }[]> {
  if (addresses.length === 0) return [];
  const { rows } = await sql<{ address: string; orderNumber: string | null; catalogNumber: string | null }>`
    SELECT i.value AS address, max(e.value) FILTER (WHERE e.field = 'orderNumber') AS "orderNumber",
           max(e.value) FILTER (WHERE e.field = 'catalogNumber') AS "catalogNumber"
    FROM asset_identifier i
    JOIN ot_evidence e ON e.subscription_id = i.subscription_id AND e.asset_id = i.asset_id
    WHERE i.subscription_id = ${subscriptionId} AND i.kind IN ('ip', 'mac') AND i.network IN (${network}, '')
      AND i.value = ANY (${addresses}::text[]) AND e.field IN ('orderNumber', 'catalogNumber')
      AND e.source <> ${PROJECT_FILE}
    GROUP BY i.value ORDER BY i.value`.execute(tx);
  return rows;
}
