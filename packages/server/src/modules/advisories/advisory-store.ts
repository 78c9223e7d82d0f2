import { hash } from "node:crypto";
import { type Advisory, COMPILE_RULES, compileAdvisory } from "@breakwater/domain/ot/advisories/index";
import { sql, type Transaction } from "kysely";
import { toStorable } from "../findings/index.ts";
import { changeVersion } from "./known-advisories.ts";

type Tx = Transaction<unknown>;

const FIRST_QID = 9_000_000;

/** A vulnerability as it is stored with its advisory: without standings, which are with the products. */
export type StoredVulnerability = Omit<Advisory["vulnerabilities"][number], "standings">;

/** What has become of an advisory: `older` and `same` change nothing. */
export type AdvisoryOutcome = "new" | "changed" | "same" | "older";

/**
 * Writes advisories and marks the hosts that the former or the new wording may mean. The matching is locked.
 *
 * @param advisories without two of one id
 */
export async function writeAdvisories(
  tx: Tx,
  subscriptionId: number,
  advisories: readonly Advisory[],
  importedAt: number,
): Promise<Map<Advisory, AdvisoryOutcome>> {
  const rows = advisories.map((advisory) => ({ advisory, row: toRow(advisory) }));
  const stored = await readStored(
    tx,
    subscriptionId,
    advisories.map(({ id }) => id),
  );
  const outcomes = new Map(rows.map(({ advisory, row }) => [advisory, toOutcome(stored.get(advisory.id), row)]));
  const written = rows.filter(({ advisory }) => ["new", "changed"].includes(outcomes.get(advisory)!));
  if (written.length === 0) return outcomes;
  await changeVersion(tx, subscriptionId);
  await upsertRows(
    tx,
    subscriptionId,
    written.map(({ row }) => row),
    importedAt,
  );
  const changed = written.flatMap(({ advisory }) => (outcomes.get(advisory) === "changed" ? [advisory.id] : []));
  await markMeant(tx, subscriptionId, changed);
  await sql`DELETE FROM ot_advisory_product WHERE subscription_id = ${subscriptionId} AND advisory_id = ANY (${changed})`.execute(
    tx,
  );
  // A draft may still say anything, and what was withdrawn says nothing: both are listed and not matched.
  await insertProducts(
    tx,
    subscriptionId,
    written.flatMap(({ advisory }) => (advisory.isFinal && advisory.withdrawal === null ? [advisory] : [])),
  );
  await markMeant(
    tx,
    subscriptionId,
    written.map(({ advisory }) => advisory.id),
  );
  return outcomes;
}

type AdvisoryRow = ReturnType<typeof toRow>;

function toRow(advisory: Advisory) {
  const vulnerabilities = advisory.vulnerabilities.map(
    ({ standings: _standings, ...rest }): StoredVulnerability => rest,
  );
  const content = JSON.stringify({
    ...advisory,
    vulnerabilities: advisory.vulnerabilities.map(({ standings, ...rest }) => ({ ...rest, standings: [...standings] })),
  });
  return {
    id: toStorable(advisory.id),
    title: toStorable(advisory.title),
    url: advisory.url === null ? null : toStorable(advisory.url),
    publisher: toStorable(advisory.publisher),
    version: toStorable(advisory.version),
    isFinal: advisory.isFinal,
    withdrawal: advisory.withdrawal === null ? null : toStorable(advisory.withdrawal),
    releasedAt: new Date(advisory.releasedAt).toISOString(),
    updatedAt: new Date(advisory.updatedAt).toISOString(),
    impact: toStorable(advisory.impact),
    digest: hash("sha256", `${COMPILE_RULES}\n${content}`, "hex"),
    vulnerabilities: toStorableJson(vulnerabilities) as StoredVulnerability[],
    cveIds: [...new Set(vulnerabilities.flatMap(({ cveId }) => cveId ?? []))].sort(),
  };
}

/** PostgreSQL's JSON has no NUL. */
function toStorableJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, member) => (typeof member === "string" ? toStorable(member) : member));
}

type StoredRow = { id: string; digest: string; updatedAt: Date };

async function readStored(tx: Tx, subscriptionId: number, ids: readonly string[]): Promise<Map<string, StoredRow>> {
  const { rows } = await sql<StoredRow>`
    SELECT id, encode(digest, 'hex') AS digest, updated_at AS "updatedAt" FROM ot_advisory
    WHERE subscription_id = ${subscriptionId} AND id = ANY (${[...ids]})`.execute(tx);
  return new Map(rows.map((row) => [row.id, row]));
}

function toOutcome(stored: StoredRow | undefined, row: AdvisoryRow): AdvisoryOutcome {
  if (stored === undefined) return "new";
  if (stored.digest === row.digest) return "same";
  return stored.updatedAt.getTime() > Date.parse(row.updatedAt) ? "older" : "changed";
}

/** The numbers go on from the highest ever given: no advisory is ever deleted. */
async function upsertRows(
  tx: Tx,
  subscriptionId: number,
  rows: readonly AdvisoryRow[],
  importedAt: number,
): Promise<void> {
  const ordered = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  await sql`
    INSERT INTO ot_advisory (subscription_id, id, qid, title, url, publisher, version, is_final, withdrawal, released_at, updated_at,
      impact, digest, vulnerabilities, cve_ids, imported_at)
    SELECT ${subscriptionId}, x.id, coalesce(a.qid, b.qid + row_number() OVER (PARTITION BY a.qid IS NULL ORDER BY x.id)),
      x.title, x.url, x.publisher, x.version, x."isFinal", x.withdrawal, x."releasedAt", x."updatedAt", x.impact,
      decode(x.digest, 'hex'), x.vulnerabilities, x."cveIds", to_timestamp(${importedAt}::float8 / 1000)
    FROM json_to_recordset(${JSON.stringify(ordered)}::json) AS x(id text, title text, url text, publisher text,
      version text, "isFinal" boolean, withdrawal text, "releasedAt" timestamptz, "updatedAt" timestamptz, impact text, digest text,
      vulnerabilities jsonb, "cveIds" text[])
    LEFT JOIN ot_advisory a ON a.subscription_id = ${subscriptionId} AND a.id = x.id
    CROSS JOIN (SELECT coalesce(max(qid), ${FIRST_QID - 1}::integer) AS qid FROM ot_advisory
                WHERE subscription_id = ${subscriptionId}) b
    ON CONFLICT (subscription_id, id) DO UPDATE SET title = excluded.title, url = excluded.url,
      publisher = excluded.publisher, version = excluded.version, is_final = excluded.is_final, withdrawal = excluded.withdrawal,
      released_at = excluded.released_at, updated_at = excluded.updated_at, impact = excluded.impact,
      digest = excluded.digest, vulnerabilities = excluded.vulnerabilities, cve_ids = excluded.cve_ids,
      imported_at = excluded.imported_at`.execute(tx);
}

async function insertProducts(tx: Tx, subscriptionId: number, advisories: readonly Advisory[]): Promise<void> {
  const products = advisories.flatMap((advisory) =>
    compileAdvisory(advisory).map((content, ordinal) => ({
      advisoryId: toStorable(advisory.id),
      ordinal,
      keys: content.keys.map(({ key }) => key),
      content: toStorableJson(content),
    })),
  );
  if (products.length === 0) return;
  await sql`
    INSERT INTO ot_advisory_product (subscription_id, advisory_id, ordinal, keys, content)
    SELECT ${subscriptionId}, x."advisoryId", x.ordinal, x.keys, x.content
    FROM json_to_recordset(${JSON.stringify(products)}::json)
      AS x("advisoryId" text, ordinal integer, keys text[], content jsonb)`.execute(tx);
}

/** Hosts that share a key with a product of the advisories, and those that have a detection by them. */
async function markMeant(tx: Tx, subscriptionId: number, advisoryIds: readonly string[]): Promise<void> {
  if (advisoryIds.length === 0) return;
  await sql`
    INSERT INTO ot_due_host (subscription_id, asset_id)
    SELECT m.subscription_id, m.asset_id FROM ot_match m
    WHERE m.subscription_id = ${subscriptionId} AND m.keys && ARRAY(
      SELECT DISTINCT k FROM ot_advisory_product p, unnest(p.keys) AS k
      WHERE p.subscription_id = ${subscriptionId} AND p.advisory_id = ANY (${[...advisoryIds]}))
    UNION
    SELECT d.subscription_id, d.asset_id FROM ot_detection d
    WHERE d.subscription_id = ${subscriptionId} AND d.advisory_id = ANY (${[...advisoryIds]}) AND d.status <> 'FIXED'
    ORDER BY 2
    ON CONFLICT DO NOTHING`.execute(tx);
}
