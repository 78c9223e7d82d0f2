import { toNames } from "@breakwater/domain/identity/index";
import { bestCvss } from "@breakwater/domain/risk/index";
import type { CheckRecord } from "@breakwater/formats/records";
import { sql, type Transaction } from "kysely";
import { lockNames, lookForNames, type NamedCheck, type NameNews, NO_NEWS, storeNames } from "./alias-store.ts";
import { CheckCatalogue, type KnownCheck } from "./check-catalogue.ts";
import { detectionScoreSql, lockScores, raiseScoreBasis, readScoreBasis } from "./detection-score-sql.ts";
import { renameIssues } from "./rename-issues.ts";
import { hasScoreRules } from "./score-rules.ts";
import { toStorable } from "./storable-text.ts";

/** The checks of one run as they are stored: what the file tells, and what only the database knows. */
export class CheckDictionary extends CheckCatalogue {
  /** Some of its checks are keyed by names, which only those that are stored tell. */
  hasNames = false;
  /** What the scores known by heart were made from. */
  #basis: number | undefined;

  /**
   * Stores checks, learns their row ids, and sees to it that the scores known by heart hold until the transaction ends.
   * A check that changed since is rewritten, unless by an older report. First in its transaction after the tags.
   *
   * @param at time of the report, epoch ms
   * @returns ids of stored checks that score otherwise now: their findings have to be scored again
   */
  async settle(tx: Tx, subscriptionId: number, records: CheckRecord[], at: number): Promise<number[]> {
    const rows = records.map((record) => this.#toRow(record));
    const known = await this.#read(tx, subscriptionId, rows, { at, how: "look" });
    const named = toNamed(records);
    const { isNews, renamed } = await this.#lookForNames(tx, subscriptionId, named);
    const isChanging =
      renamed.length > 0 || findRescored(known, rows, await isRuled(tx, subscriptionId, known)).length > 0;
    await lockScores(tx, isChanging ? "alone" : "shared");
    if (isNews) await lockNames(tx, subscriptionId);
    const basis = await readScoreBasis(tx);
    if (basis !== this.#basis) await this.#readScores(tx, subscriptionId, [...this.known.values()]);
    this.#basis = basis;
    if (records.length === 0) return [];
    const stored = await this.#read(tx, subscriptionId, rows, { at, how: "lock" });
    const rescored = findRescored(stored, rows, await isRuled(tx, subscriptionId, stored));
    const news = isNews ? await this.#lookForNames(tx, subscriptionId, named) : NO_NEWS;
    const rewritten = await upsertChecks(tx, subscriptionId, this.product, rows, at);
    // What was not there a moment ago and is rewritten may have been scored otherwise as well.
    const isContended =
      rescored.length > 0 || news.renamed.length > 0 || rewritten.some((vendorId) => !stored.has(vendorId));
    if (isContended && !isChanging) throw new ScoresContendedError();
    if (news.isNews) {
      await storeNames(tx, subscriptionId, this.product, news);
      await renameIssues(tx, subscriptionId, news.renamed);
      // Those known by heart may be among the renamed.
      if (news.renamed.length > 0) await this.#readScores(tx, subscriptionId, [...this.known.values()]);
    }
    await this.#readScores(
      tx,
      subscriptionId,
      records.map(({ id }) => this.known.get(id)!),
    );
    if (rescored.length > 0 || news.renamed.length > 0) await raiseScoreBasis(tx);
    return rescored;
  }

  #lookForNames(tx: Tx, subscriptionId: number, named: readonly NamedCheck[]): Promise<NameNews> {
    return named.length === 0 ? Promise.resolve(NO_NEWS) : lookForNames(tx, subscriptionId, this.product, named);
  }

  #read(tx: Tx, subscriptionId: number, rows: readonly ScoredRow[], options: ReadOptions) {
    return readScoring(tx, subscriptionId, this.product, rows, options);
  }

  /** Learns row ids, what those without a CVE are keyed by, and the scores of findings by their CVEs. */
  async #readScores(tx: Tx, subscriptionId: number, checks: readonly KnownCheck[]): Promise<void> {
    const pairs = checks.flatMap(({ vendorId, cveIds, hasOwnCves }, index) =>
      (hasOwnCves ? cveIds : [null]).map((cveId) => ({ index, cveId, vendorId: toStorable(vendorId) })),
    );
    if (pairs.length === 0) return;
    const cveId = sql`coalesce(x."cveId", CASE WHEN c.issue LIKE 'CVE-%' THEN c.issue END)`;
    const { rows } = await sql<{ index: number; id: number; issue: string | null; cveId: string | null; qds: number }>`
      SELECT x.index, c.id, c.issue, ${cveId} AS "cveId", ${detectionScoreSql} AS qds
      FROM json_to_recordset(${JSON.stringify(pairs)}::json) AS x(index integer, "cveId" text, "vendorId" text)
      JOIN check_definition c ON c.subscription_id = ${subscriptionId} AND c.product = ${this.product}
        AND c.vendor_id = x."vendorId"
      LEFT JOIN cve_knowledge k ON k.cve_id = ${cveId}`.execute(tx);
    for (const { index, id, issue, cveId, qds } of rows) {
      const check = checks[index]!;
      check.id = id;
      if (!check.hasOwnCves && check.issue !== issue) {
        Object.assign(check, { issue, cveIds: [cveId], fingerprints: new Map() });
        this.hasNames = true;
      }
      check.scores.set(cveId, qds);
    }
  }

  #toRow(record: CheckRecord) {
    const known = this.known.get(record.id)!;
    const best = bestCvss(record.cvss);
    return {
      vendorId: toStorable(record.id),
      digest: known.digest,
      title: toStorable(record.title),
      description: toStorable(record.description),
      solution: toStorable(record.solution),
      severity: record.severity,
      sourceSeverity: toStorable(record.sourceSeverity),
      family: record.family === null ? null : toStorable(record.family),
      cveIds: record.cveIds,
      cweIds: record.cweIds,
      cvss: record.cvss.map((score) => ({ ...score, vector: score.vector === null ? null : toStorable(score.vector) })),
      cvssBase: best?.score ?? null,
      cvssVersion: best?.version ?? null,
      references: record.references.map(toStorable),
      publishedAt: record.publishedAt,
      patchPublishedAt: record.patchPublishedAt,
      isExploitAvailable: record.isExploitAvailable,
      isPatchAvailable: record.isPatchAvailable,
      isVendorPatchable: record.isVendorPatchable ?? null,
    };
  }
}

function toNamed(records: readonly CheckRecord[]): NamedCheck[] {
  return records.flatMap(({ id, cveIds, aliases = [] }) => {
    const names = toNames(aliases);
    return names.length > 0 ? [{ vendorId: toStorable(id), cveIds, names }] : [];
  });
}

type Tx = Transaction<unknown>;
type CheckRow = { vendorId: string; digest: string };
/** What a check's own part of the score is made from. */
type ScoredRow = CheckRow & {
  severity: number;
  cvssBase: number | null;
  cvssVersion: string | null;
  isExploitAvailable: boolean | null;
};

/** Another import has stored a check in another way meanwhile: the transaction is to be run again. */
class ScoresContendedError extends Error {
  readonly code = "40001";
}

function toScoring({ severity, cvssBase, cvssVersion, isExploitAvailable }: ScoredRow): string {
  return JSON.stringify([severity, cvssBase, cvssVersion, isExploitAvailable === true]);
}

/** Where there are risk rules, they may ask for any word of a check that is told anew. */
async function isRuled(tx: Tx, subscriptionId: number, stored: ReadonlyMap<string, unknown>): Promise<boolean> {
  return stored.size > 0 && (await hasScoreRules(tx, subscriptionId));
}

/** Ids of stored checks that these rows score otherwise; with rules, of all that they tell otherwise. */
function findRescored(
  stored: ReadonlyMap<string, ScoredRow & { id: number }>,
  rows: readonly ScoredRow[],
  hasRules: boolean,
): number[] {
  return rows.flatMap((row) => {
    const former = stored.get(row.vendorId);
    if (!former) return [];
    const isOther = hasRules ? former.digest !== row.digest : toScoring(former) !== toScoring(row);
    return isOther ? [former.id] : [];
  });
}

type ReadOptions = { at: number; how: "look" | "lock" };

/**
 * Stored checks that a report of that time may rewrite. Locks in the order of their keys, so that parallel imports of the
 * same checks wait for each other instead of deadlocking.
 */
async function readScoring(
  tx: Tx,
  subscriptionId: number,
  product: string,
  checks: readonly CheckRow[],
  { at, how }: ReadOptions,
): Promise<Map<string, ScoredRow & { id: number }>> {
  if (checks.length === 0) return new Map();
  const { rows } = await sql<ScoredRow & { id: number }>`
    SELECT vendor_id AS "vendorId", encode(digest, 'hex') AS digest, id, severity, cvss_base AS "cvssBase",
      cvss_version AS "cvssVersion", is_exploit_available AS "isExploitAvailable"
    FROM check_definition WHERE subscription_id = ${subscriptionId} AND product = ${product}
      AND vendor_id = ANY (${checks.map(({ vendorId }) => vendorId)})
      AND described_at <= to_timestamp(${at}::float8 / 1000)
    ORDER BY vendor_id ${how === "lock" ? sql`FOR NO KEY UPDATE` : sql``}`.execute(tx);
  return new Map(rows.map((row) => [row.vendorId, row]));
}

/** @returns keys of the checks that were there and were rewritten */
async function upsertChecks(tx: Tx, subscriptionId: number, product: string, rows: CheckRow[], at: number) {
  const sorted = [...rows].sort((a, b) => (a.vendorId < b.vendorId ? -1 : 1));
  const { rows: written } = await sql<{ vendorId: string; isRewritten: boolean }>`
    INSERT INTO check_definition AS c (subscription_id, product, vendor_id, digest, described_at, title, description,
      solution, severity, source_severity, family, cve_ids, cwe_ids, cvss, cvss_base, reference_urls, published_at,
      patch_published_at, is_exploit_available, is_patch_available, is_vendor_patchable)
    SELECT ${subscriptionId}, ${product}, x."vendorId", decode(x.digest, 'hex'), to_timestamp(${at}::float8 / 1000),
      x.title, x.description, x.solution, x.severity, x."sourceSeverity", x.family, x."cveIds", x."cweIds", x.cvss,
      x."cvssBase", x."references", to_timestamp(x."publishedAt"::float8 / 1000),
      to_timestamp(x."patchPublishedAt"::float8 / 1000), x."isExploitAvailable", x."isPatchAvailable",
      x."isVendorPatchable"
    FROM json_to_recordset(${JSON.stringify(sorted)}::json) AS x("vendorId" text, digest text, title text,
      description text, solution text, severity smallint, "sourceSeverity" text, family text, "cveIds" text[],
      "cweIds" text[], cvss jsonb, "cvssBase" double precision, "references" text[], "publishedAt" bigint, "patchPublishedAt" bigint,
      "isExploitAvailable" boolean, "isPatchAvailable" boolean, "isVendorPatchable" boolean)
    ON CONFLICT (subscription_id, product, vendor_id) DO UPDATE SET digest = excluded.digest,
      described_at = excluded.described_at, title = excluded.title,
      description = excluded.description, solution = excluded.solution, severity = excluded.severity,
      source_severity = excluded.source_severity, family = excluded.family, cve_ids = excluded.cve_ids,
      cwe_ids = excluded.cwe_ids, cvss = excluded.cvss, cvss_base = excluded.cvss_base,
      reference_urls = excluded.reference_urls, published_at = excluded.published_at,
      patch_published_at = excluded.patch_published_at, is_exploit_available = excluded.is_exploit_available,
      is_patch_available = excluded.is_patch_available, is_vendor_patchable = excluded.is_vendor_patchable
    WHERE c.digest <> excluded.digest AND c.described_at <= excluded.described_at
    RETURNING vendor_id AS "vendorId", xmax <> 0 AS "isRewritten"`.execute(tx);
  return written.flatMap(({ vendorId, isRewritten }) => (isRewritten ? [vendorId] : []));
}
