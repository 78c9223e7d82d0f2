import { bestCvss } from "@breakwater/domain/risk/index";
import type { CveEntry, EpssEntry, KevEntry } from "@breakwater/formats/feeds/index";
import { sql, type Transaction } from "kysely";

type Tx = Transaction<unknown>;

/** What a piece of a feed did: CVEs that are told otherwise now, and those of them that may score otherwise. */
export type KnowledgeChange = { changed: string[]; rescored: string[] };

/** Takes the entries of a catalogue in. */
export async function storeKev(tx: Tx, entries: readonly KevEntry[]): Promise<KnowledgeChange> {
  const given = sql`json_to_recordset(${JSON.stringify(uniqueByCve(entries))}::json)
    AS x("cveId" text, "addedOn" date, "dueOn" date, "isRansomware" boolean)`;
  const { rows: listed } = await sql<{ id: string }>`
    SELECT x."cveId" AS id FROM ${given} LEFT JOIN cve_knowledge k ON k.cve_id = x."cveId"
    WHERE k.kev_added_on IS NULL`.execute(tx);
  const { rows: written } = await sql<{ id: string }>`
    INSERT INTO cve_knowledge AS k (cve_id, kev_added_on, kev_due_on, is_ransomware)
    SELECT x."cveId", x."addedOn", x."dueOn", x."isRansomware" FROM ${given}
    ON CONFLICT (cve_id) DO UPDATE SET kev_added_on = excluded.kev_added_on, kev_due_on = excluded.kev_due_on,
      is_ransomware = excluded.is_ransomware
    WHERE (k.kev_added_on, k.kev_due_on, k.is_ransomware)
      IS DISTINCT FROM (excluded.kev_added_on, excluded.kev_due_on, excluded.is_ransomware)
    RETURNING k.cve_id AS id`.execute(tx);
  return { changed: written.map(toId), rescored: listed.map(toId) };
}

/** What is listed and not among the entries. */
export async function listOtherKev(tx: Tx, entries: readonly KevEntry[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT cve_id AS id FROM cve_knowledge
    WHERE kev_added_on IS NOT NULL AND cve_id <> ALL (${entries.map(({ cveId }) => cveId)}::text[])`.execute(tx);
  return rows.map(toId);
}

/** Takes CVEs off the list. */
export async function delistKev(tx: Tx, cveIds: readonly string[]): Promise<KnowledgeChange> {
  const { rows } = await sql<{ id: string }>`
    UPDATE cve_knowledge SET kev_added_on = NULL, kev_due_on = NULL, is_ransomware = NULL
    WHERE kev_added_on IS NOT NULL AND cve_id = ANY (${cveIds}::text[])
    RETURNING cve_id AS id`.execute(tx);
  const changed = rows.map(toId);
  return { changed, rescored: changed };
}

export async function storeEpss(tx: Tx, entries: readonly EpssEntry[]): Promise<KnowledgeChange> {
  const rows = uniqueByCve(entries);
  const given = sql`unnest(${rows.map(({ cveId }) => cveId)}::text[], ${rows.map(({ epss }) => epss)}::double precision[],
    ${rows.map(({ percentile }) => percentile)}::double precision[], ${rows.map(({ on }) => on)}::date[])
    AS x(cve_id, epss, percentile, day)`;
  const { rows: others } = await sql<{ id: string }>`
    SELECT x.cve_id AS id FROM ${given} LEFT JOIN cve_knowledge k ON k.cve_id = x.cve_id
    WHERE k.epss IS DISTINCT FROM x.epss`.execute(tx);
  await sql`
    INSERT INTO cve_knowledge AS k (cve_id, epss, epss_percentile, epss_on)
    SELECT x.cve_id, x.epss, x.percentile, x.day FROM ${given}
    ON CONFLICT (cve_id) DO UPDATE SET epss = excluded.epss, epss_percentile = excluded.epss_percentile,
      epss_on = excluded.epss_on
    WHERE (k.epss, k.epss_percentile, k.epss_on)
      IS DISTINCT FROM (excluded.epss, excluded.epss_percentile, excluded.epss_on)`.execute(tx);
  const changed = others.map(toId);
  return { changed, rescored: changed };
}

/** After a whole file of that day: what it does not list has no score any more. */
export async function forgetOtherEpss(tx: Tx, day: string): Promise<KnowledgeChange> {
  const { rows } = await sql<{ id: string }>`
    UPDATE cve_knowledge SET epss = NULL, epss_percentile = NULL, epss_on = NULL WHERE epss_on <> ${day}::date
    RETURNING cve_id AS id`.execute(tx);
  const changed = rows.map(toId);
  return { changed, rescored: changed };
}

/**
 * Takes records in, unless a newer copy is known.
 *
 * @param latestMs a copy that claims to be of a later time, epoch ms, is newer than none
 */
export async function storeCves(tx: Tx, entries: readonly CveEntry[], latestMs: number): Promise<KnowledgeChange> {
  const rows = uniqueByCve(entries).map(({ ssvc, cvss, ...entry }) => {
    const best = bestCvss(cvss);
    return { ...entry, ...ssvc, cvss, cvssBase: best?.score ?? null, cvssVersion: best?.version ?? null };
  });
  const given = sql`(SELECT x.*, to_timestamp(x."publishedAt"::float8 / 1000) AS published,
      to_timestamp(x."updatedAt"::float8 / 1000) AS updated
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x("cveId" text, cvss jsonb, "cvssBase" double precision,
      "cvssVersion" text, exploitation text, "isAutomatable" boolean, "technicalImpact" text, "publishedAt" bigint, "updatedAt" bigint)) x`;
  const isNewerThan = (
    updated: string,
  ) => sql`(k.record_updated_at IS NULL OR ${sql.ref(updated)} >= k.record_updated_at
    OR k.record_updated_at > to_timestamp(${latestMs}::float8 / 1000))`;
  const { rows: others } = await sql<{ id: string; isRescored: boolean }>`
    SELECT x."cveId" AS id, (k.ssvc_exploitation, k.cvss_base, k.cvss_version)
        IS DISTINCT FROM (x.exploitation, x."cvssBase", x."cvssVersion") AS "isRescored"
    FROM ${given} LEFT JOIN cve_knowledge k ON k.cve_id = x."cveId"
    WHERE ${isNewerThan("x.updated")} AND (k.ssvc_exploitation, k.is_automatable, k.technical_impact, k.cvss, k.published_at)
      IS DISTINCT FROM (x.exploitation, x."isAutomatable", x."technicalImpact", x.cvss, x.published)`.execute(tx);
  await sql`
    INSERT INTO cve_knowledge AS k (cve_id, ssvc_exploitation, is_automatable, technical_impact, cvss, cvss_base,
      published_at, record_updated_at)
    SELECT x."cveId", x.exploitation, x."isAutomatable", x."technicalImpact", x.cvss, x."cvssBase", x.published, x.updated
    FROM ${given}
    ON CONFLICT (cve_id) DO UPDATE SET ssvc_exploitation = excluded.ssvc_exploitation,
      is_automatable = excluded.is_automatable, technical_impact = excluded.technical_impact, cvss = excluded.cvss,
      cvss_base = excluded.cvss_base, published_at = excluded.published_at,
      record_updated_at = excluded.record_updated_at
    WHERE ${isNewerThan("excluded.record_updated_at")}`.execute(tx);
  return { changed: others.map(toId), rescored: others.filter(({ isRescored }) => isRescored).map(toId) };
}

function toId({ id }: { id: string }): string {
  return id;
}

/** The last of those that tell of one CVE, in the order in which rows are locked. */
function uniqueByCve<T extends { cveId: string }>(entries: readonly T[]): T[] {
  const last = new Map(entries.map((entry) => [entry.cveId, entry]));
  return [...last.values()].sort((a, b) => (a.cveId < b.cveId ? -1 : 1));
}
