import { hash } from "node:crypto";
import { findingFingerprint, toIssues } from "@breakwater/domain/identity/index";
import { bestCvss, detectionScore } from "@breakwater/domain/risk/index";
import type { CheckRecord } from "@breakwater/formats/records";
import { sql, type Transaction } from "kysely";
import { detectionScoreSql, lockScores, raiseScoreBasis, readScoreBasis } from "./detection-score-sql.ts";
import { toStorable } from "./storable-text.ts";

/** What the import needs to know of a check at each of its findings. */
export type KnownCheck = {
  /** Id of the source. */
  vendorId: string;
  /** Row in check_definition; 0 until stored. */
  id: number;
  severity: number;
  /** Detection scores of its findings by their CVE, as they are at {@link CheckDictionary.settle}. */
  scores: Map<string | null, number>;
  category: string;
  cveIds: readonly (string | null)[];
  digest: string;
  /** Changes when something that findings are scored or keyed by changes. */
  scoring: string;
  /** Fingerprints by location, made when first needed. */
  fingerprints: Map<string, readonly string[]>;
};

/** Locations remembered per check; a check seen at more places than that starts over. */
const MAX_REMEMBERED_LOCATIONS = 4096;

/**
 * The checks of one run: told once by the file, stored when first used, then known by heart.
 *
 * Memory grows with the number of different checks, not with findings: prose is dropped once stored.
 */
export class CheckDictionary {
  readonly #product: string;
  readonly #known = new Map<string, KnownCheck>();
  #untold = new Map<string, CheckRecord>();
  /** What the scores known by heart were made from. */
  #basis: number | undefined;

  constructor(product: string) {
    this.#product = product;
  }

  /** Takes a check in; it is stored with the next batch. Telling the same again is free. */
  learn(record: CheckRecord): void {
    const digest = checkDigest(record);
    const former = this.#known.get(record.id);
    if (former?.digest === digest) return;
    const known = toKnownCheck(this.#product, record, digest);
    // The same object: a batch on its way to the database reads its row id from it.
    if (former) Object.assign(former, { ...known, id: former.id });
    else this.#known.set(record.id, known);
    this.#untold.set(record.id, record);
  }

  find(vendorId: string): KnownCheck | undefined {
    return this.#known.get(vendorId);
  }

  /** The fingerprints of a check's findings at a location, in the order of `cveIds`. */
  fingerprints(check: KnownCheck, port: number | null, protocol: string | null, instance: string | null) {
    const place = `${port}/${protocol}/${instance ?? ""}${instance === null ? "" : "="}`;
    let found = check.fingerprints.get(place);
    if (!found) {
      if (check.fingerprints.size >= MAX_REMEMBERED_LOCATIONS) check.fingerprints.clear();
      const cveIds = check.cveIds.filter((id) => id !== null);
      found = toIssues({ product: this.#product, id: check.vendorId, cveIds }).map((issue) =>
        findingFingerprint(issue, { port, protocol, instance }),
      );
      check.fingerprints.set(place, found);
    }
    return found;
  }

  /** Checks learned since the last call: to be stored with the batch that uses them. */
  takeUntold(): CheckRecord[] {
    const records = [...this.#untold.values()];
    this.#untold = new Map();
    return records;
  }

  /**
   * Stores checks, learns their row ids, and sees to it that the scores known by heart hold until the transaction ends.
   * A check that changed since is rewritten, unless by an older report. First in its transaction after the tags.
   *
   * @param at time of the report, epoch ms
   * @returns ids of stored checks that score otherwise now: their findings have to be scored again
   */
  async settle(tx: Tx, subscriptionId: number, records: CheckRecord[], at: number): Promise<number[]> {
    const rows = records.map((record) => this.#toRow(record));
    const isChanging = findRescored(await this.#read(tx, subscriptionId, rows, { at, how: "look" }), rows).length > 0;
    await lockScores(tx, isChanging ? "alone" : "shared");
    const basis = await readScoreBasis(tx);
    if (basis !== this.#basis) await this.#readScores(tx, subscriptionId, [...this.#known.values()]);
    this.#basis = basis;
    if (records.length === 0) return [];
    const stored = await this.#read(tx, subscriptionId, rows, { at, how: "lock" });
    const rescored = findRescored(stored, rows);
    const rewritten = await upsertChecks(tx, subscriptionId, this.#product, rows, at);
    // What was not there a moment ago and is rewritten may have been scored otherwise as well.
    const isContended = rescored.length > 0 || rewritten.some((vendorId) => !stored.has(vendorId));
    if (isContended && !isChanging) throw new ScoresContendedError();
    await this.#readScores(
      tx,
      subscriptionId,
      records.map(({ id }) => this.#known.get(id)!),
    );
    if (rescored.length > 0) await raiseScoreBasis(tx);
    return rescored;
  }

  #read(tx: Tx, subscriptionId: number, rows: readonly ScoredRow[], options: ReadOptions) {
    return readScoring(tx, subscriptionId, this.#product, rows, options);
  }

  /** Learns row ids, and the scores of findings by their CVEs, of the checks that are stored. */
  async #readScores(tx: Tx, subscriptionId: number, checks: readonly KnownCheck[]): Promise<void> {
    const pairs = checks.flatMap(({ vendorId, cveIds }, index) =>
      cveIds.map((cveId) => ({ index, cveId, vendorId: toStorable(vendorId) })),
    );
    if (pairs.length === 0) return;
    const { rows } = await sql<{ index: number; id: number; cveId: string | null; qds: number }>`
      SELECT x.index, c.id, x."cveId", ${detectionScoreSql} AS qds
      FROM json_to_recordset(${JSON.stringify(pairs)}::json) AS x(index integer, "cveId" text, "vendorId" text)
      JOIN check_definition c ON c.subscription_id = ${subscriptionId} AND c.product = ${this.#product}
        AND c.vendor_id = x."vendorId"
      LEFT JOIN cve_knowledge k ON k.cve_id = x."cveId"`.execute(tx);
    for (const { index, id, cveId, qds } of rows) {
      const check = checks[index]!;
      check.id = id;
      check.scores.set(cveId, qds);
    }
  }

  #toRow(record: CheckRecord) {
    const known = this.#known.get(record.id)!;
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
      cvssBase: bestCvss(record.cvss)?.score ?? null,
      references: record.references.map(toStorable),
      publishedAt: record.publishedAt,
      patchPublishedAt: record.patchPublishedAt,
      isExploitAvailable: record.isExploitAvailable,
      isPatchAvailable: record.isPatchAvailable,
    };
  }
}

type Tx = Transaction<unknown>;
type CheckRow = { vendorId: string };
/** What a check's own part of the score is made from. */
type ScoredRow = CheckRow & { severity: number; cvssBase: number | null; isExploitAvailable: boolean | null };

/** Another import has stored a check in another way meanwhile: the transaction is to be run again. */
class ScoresContendedError extends Error {
  readonly code = "40001";
}

function toScoring({ severity, cvssBase, isExploitAvailable }: ScoredRow): string {
  return JSON.stringify([severity, cvssBase, isExploitAvailable === true]);
}

/** Ids of stored checks that these rows score otherwise. */
function findRescored(stored: ReadonlyMap<string, ScoredRow & { id: number }>, rows: readonly ScoredRow[]): number[] {
  return rows.flatMap((row) => {
    const former = stored.get(row.vendorId);
    return former && toScoring(former) !== toScoring(row) ? [former.id] : [];
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
    SELECT vendor_id AS "vendorId", id, severity, cvss_base AS "cvssBase", is_exploit_available AS "isExploitAvailable"
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
      patch_published_at, is_exploit_available, is_patch_available)
    SELECT ${subscriptionId}, ${product}, x."vendorId", decode(x.digest, 'hex'), to_timestamp(${at}::float8 / 1000),
      x.title, x.description, x.solution, x.severity, x."sourceSeverity", x.family, x."cveIds", x."cweIds", x.cvss,
      x."cvssBase", x."references", to_timestamp(x."publishedAt"::float8 / 1000),
      to_timestamp(x."patchPublishedAt"::float8 / 1000), x."isExploitAvailable", x."isPatchAvailable"
    FROM json_to_recordset(${JSON.stringify(sorted)}::json) AS x("vendorId" text, digest text, title text,
      description text, solution text, severity smallint, "sourceSeverity" text, family text, "cveIds" text[],
      "cweIds" text[], cvss jsonb, "cvssBase" double precision, "references" text[], "publishedAt" bigint, "patchPublishedAt" bigint,
      "isExploitAvailable" boolean, "isPatchAvailable" boolean)
    ON CONFLICT (subscription_id, product, vendor_id) DO UPDATE SET digest = excluded.digest,
      described_at = excluded.described_at, title = excluded.title,
      description = excluded.description, solution = excluded.solution, severity = excluded.severity,
      source_severity = excluded.source_severity, family = excluded.family, cve_ids = excluded.cve_ids,
      cwe_ids = excluded.cwe_ids, cvss = excluded.cvss, cvss_base = excluded.cvss_base,
      reference_urls = excluded.reference_urls, published_at = excluded.published_at,
      patch_published_at = excluded.patch_published_at, is_exploit_available = excluded.is_exploit_available,
      is_patch_available = excluded.is_patch_available
    WHERE c.digest <> excluded.digest AND c.described_at <= excluded.described_at
    RETURNING vendor_id AS "vendorId", xmax <> 0 AS "isRewritten"`.execute(tx);
  return written.flatMap(({ vendorId, isRewritten }) => (isRewritten ? [vendorId] : []));
}

function checkDigest(record: CheckRecord): string {
  return hash("sha256", JSON.stringify(record), "hex");
}

function toKnownCheck(product: string, record: CheckRecord, digest: string): KnownCheck {
  const { qds } = detectionScore(record);
  const cveIds = toIssues({ product, id: record.id, cveIds: record.cveIds }).map((issue) =>
    "cveId" in issue ? issue.cveId : null,
  );
  return {
    vendorId: record.id,
    id: 0,
    severity: record.severity,
    scores: new Map(),
    category: toCategory(record),
    cveIds,
    digest,
    scoring: `${record.severity}/${qds}`,
    fingerprints: new Map(),
  };
}

/**
 * What kind of finding a check makes, where its source does not say. A CVE, a CVSS score or a severity above the lowest makes it a vulnerability; a
 * rule of a compliance audit is a misconfiguration; the rest, such as Nessus' severity 0, only informs. All are kept:
 * they say what was looked at, and a source's severity 0 is severity 1 of the product.
 */
function toCategory(record: CheckRecord): string {
  if (record.category) return record.category;
  if (record.cveIds.length > 0) return "VULNERABILITY";
  if (/compliance/i.test(record.family ?? "")) return "MISCONFIGURATION";
  const isScored = (bestCvss(record.cvss)?.score ?? 0) > 0;
  return isScored || record.severity > 1 ? "VULNERABILITY" : "INFORMATION";
}
