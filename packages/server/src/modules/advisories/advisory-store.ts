import { hash } from "node:crypto";
import { type Advisory, COMPILE_RULES, compileAdvisory } from "@breakwater/domain/ot/advisories/index";
import { sql, type Transaction } from "kysely";
import { toStorable } from "../findings/index.ts";
import { changeVersion } from "./known-advisories.ts";

type Tx = Transaction<unknown>;

const FIRST_QID = 9_000_000;

/** A vulnerability as it is stored with its advisory: without standings, which are with the products. */
export type StoredVulnerability = Omit<Advisory["vulnerabilities"][number], "standings">;

/** What has become of an advisory: `reworded` means the same of each device; `older` and `same` change nothing. */
export type AdvisoryOutcome = "new" | "changed" | "reworded" | "same" | "older";

/**
 * Writes advisories and marks the hosts that what changed may mean. The matching is locked.
 *
 * @param advisories without two of one id
 */
export async function writeAdvisories(
  tx: Tx,
  subscriptionId: number,
  advisories: readonly Advisory[],
  importedAt: number,
): Promise<Map<Advisory, AdvisoryOutcome>> {
  const stored = await readStored(
    tx,
    subscriptionId,
    advisories.map(({ id }) => id),
  );
  const outcomes = new Map<Advisory, AdvisoryOutcome>();
  const written: WrittenRow[] = [];
  for (const advisory of advisories) {
    const row = toRow(advisory);
    const former = stored.get(advisory.id);
    const known = former && findKnown(former, row);
    if (known) {
      outcomes.set(advisory, known);
      continue;
    }
    const meaning = toMeaning(advisory, row.vulnerabilities);
    const isReworded = meaning.meaning !== null && former?.meaning === meaning.meaning;
    const outcome = former === undefined ? "new" : isReworded ? "reworded" : "changed";
    outcomes.set(advisory, outcome);
    written.push({ ...row, ...meaning, outcome });
  }
  if (written.length === 0) return outcomes;
  await changeVersion(tx, subscriptionId);
  await upsertRows(tx, subscriptionId, written, importedAt);
  const changed = written.flatMap(({ id, outcome }) => (outcome === "changed" ? [id] : []));
  await markMeant(tx, subscriptionId, changed);
  await sql`DELETE FROM ot_advisory_product WHERE subscription_id = ${subscriptionId} AND advisory_id = ANY (${changed})`.execute(
    tx,
  );
  const other = written.filter(({ outcome }) => outcome !== "reworded");
  await insertProducts(tx, subscriptionId, other);
  await markMeant(
    tx,
    subscriptionId,
    other.map(({ id }) => id),
  );
  return outcomes;
}

type AdvisoryRow = ReturnType<typeof toRow>;
type WrittenRow = AdvisoryRow & ReturnType<typeof toMeaning> & { outcome: AdvisoryOutcome };

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

/** What verdicts and findings follow from: a digest, null where rewording has to match anew, and the products to be matched. */
function toMeaning(advisory: Advisory, vulnerabilities: readonly StoredVulnerability[]) {
  // A draft may still say anything, and what was withdrawn says nothing: both are listed and not matched.
  const compiled = advisory.isFinal && advisory.withdrawal === null ? compileAdvisory(advisory) : [];
  const scores = vulnerabilities.map((one) => [one.cveId, one.scores]);
  const products = compiled.map((content, ordinal) => ({
    ordinal,
    keys: content.keys.map(({ key }) => key),
    content: toStorableJson(content),
  }));
  const digest = () => hash("md5", JSON.stringify([COMPILE_RULES, compiled, scores]), "hex");
  return { meaning: isRewordable(vulnerabilities) ? digest() : null, products };
}

/** Whether the evidence of a detection tells which of them it is about. */
function isRewordable(vulnerabilities: readonly StoredVulnerability[]): boolean {
  const cveIds = new Set(vulnerabilities.map(({ cveId }) => cveId));
  return cveIds.size === vulnerabilities.length && !cveIds.has(null);
}

/** PostgreSQL's JSON has no NUL. */
function toStorableJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, member) => (typeof member === "string" ? toStorable(member) : member));
}

type StoredRow = { id: string; digest: string; meaning: string | null; updatedAt: Date };

async function readStored(tx: Tx, subscriptionId: number, ids: readonly string[]): Promise<Map<string, StoredRow>> {
  const { rows } = await sql<StoredRow>`
    SELECT id, encode(digest, 'hex') AS digest, replace(meaning::text, '-', '') AS meaning, updated_at AS "updatedAt" FROM ot_advisory
    WHERE subscription_id = ${subscriptionId} AND id = ANY (${[...ids]})`.execute(tx);
  return new Map(rows.map((row) => [row.id, row]));
}

function findKnown(stored: StoredRow, row: AdvisoryRow): "same" | "older" | undefined {
  if (stored.digest === row.digest) return "same";
  return stored.updatedAt.getTime() > Date.parse(row.updatedAt) ? "older" : undefined;
}

/** The numbers go on from the highest ever given: no advisory is ever deleted. */
async function upsertRows(
  tx: Tx,
  subscriptionId: number,
  rows: readonly WrittenRow[],
  importedAt: number,
): Promise<void> {
  const ordered = rows
    .map(({ products: _products, outcome: _outcome, ...row }) => row)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  await sql`
    INSERT INTO ot_advisory (subscription_id, id, qid, title, url, publisher, version, is_final, withdrawal, released_at, updated_at,
      impact, digest, meaning, vulnerabilities, cve_ids, imported_at)
    SELECT ${subscriptionId}, x.id, coalesce(a.qid, b.qid + row_number() OVER (PARTITION BY a.qid IS NULL ORDER BY x.id)),
      x.title, x.url, x.publisher, x.version, x."isFinal", x.withdrawal, x."releasedAt", x."updatedAt", x.impact,
      decode(x.digest, 'hex'), x.meaning, x.vulnerabilities, x."cveIds", to_timestamp(${importedAt}::float8 / 1000)
    FROM json_to_recordset(${JSON.stringify(ordered)}::json) AS x(id text, title text, url text, publisher text,
      version text, "isFinal" boolean, withdrawal text, "releasedAt" timestamptz, "updatedAt" timestamptz, impact text, digest text,
      meaning uuid, vulnerabilities jsonb, "cveIds" text[])
    LEFT JOIN ot_advisory a ON a.subscription_id = ${subscriptionId} AND a.id = x.id
    CROSS JOIN (SELECT coalesce(max(qid), ${FIRST_QID - 1}::integer) AS qid FROM ot_advisory
                WHERE subscription_id = ${subscriptionId}) b
    ON CONFLICT (subscription_id, id) DO UPDATE SET title = excluded.title, url = excluded.url,
      publisher = excluded.publisher, version = excluded.version, is_final = excluded.is_final, withdrawal = excluded.withdrawal,
      released_at = excluded.released_at, updated_at = excluded.updated_at, impact = excluded.impact,
      digest = excluded.digest, meaning = excluded.meaning, vulnerabilities = excluded.vulnerabilities, cve_ids = excluded.cve_ids,
      imported_at = excluded.imported_at`.execute(tx);
}

async function insertProducts(tx: Tx, subscriptionId: number, advisories: readonly WrittenRow[]): Promise<void> {
  const products = advisories.flatMap(({ id, products: own }) => own.map((one) => ({ advisoryId: id, ...one })));
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
