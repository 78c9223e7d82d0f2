import { SCORE_POINTS } from "@breakwater/domain/risk/index";
import { type RawBuilder, sql, type Transaction } from "kysely";
import { applyRules, type ScoreRule } from "./score-rules.ts";

const { perCvss, cvssOfSeverity, exploit, poc, active, activeFloor, epss, protected: whenProtected } = SCORE_POINTS;
const points = (value: number) => sql`${sql.lit(value)}::double precision`;

const isActive = sql`(k.kev_added_on IS NOT NULL OR k.ssvc_exploitation = 'active')`;
/** Of the better version; of one version the source's. */
const cvss = sql`CASE WHEN c.cvss_version IS NULL OR k.cvss_version > c.cvss_version THEN k.cvss_base ELSE c.cvss_base END`;
const base = sql`coalesce((${cvss}) * ${points(perCvss)},
  (ARRAY[${sql.join(cvssOfSeverity.map((score) => points(score * perCvss)))}])[c.severity], 0)`;
const exploitation = sql`CASE WHEN ${isActive} THEN ${points(active)} WHEN c.is_exploit_available THEN ${points(exploit)}
  WHEN k.ssvc_exploitation = 'poc' THEN ${points(poc)} ELSE 0 END`;

/**
 * The domain's `detectionScore` of a check `c` (check_definition) and what is known of the CVE, `k` (cve_knowledge, or
 * null). Added up in the domain's order, so that the floating-point numbers are the same to the last bit.
 */
export const detectionScoreSql: RawBuilder<number> = sql<number>`least(100, greatest(
  CASE WHEN ${isActive} THEN ${sql.lit(activeFloor)} ELSE 1 END,
  floor(${base} + ${exploitation} + coalesce(${points(epss)} * sqrt(k.epss), 0) + 0.5)))::smallint`;

/** The same where only the CVE's id is at hand, for the check `c`, and as it counts under that status. */
export function detectionScoreOf(cveId: RawBuilder<unknown>, status: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`(SELECT ${underStatus(detectionScoreSql, status)} FROM (SELECT ${cveId} AS cve_id) AS v
    LEFT JOIN cve_knowledge k ON k.cve_id = v.cve_id)`;
}

/** The score of the finding `f` with its asset `a`, check `c` and knowledge `k`: the domain's `detectionScore` in full. */
export function findingScoreSql(rules: readonly ScoreRule[]): RawBuilder<number> {
  if (rules.length === 0) return underStatus(detectionScoreSql, sql`f.status`);
  return toScore(applyRules(mitigated(sql`${detectionScoreSql}::double precision`, sql`f.status`), rules));
}

/** A score as it counts under a status. */
export function scoreUnder(status: string, qds: number): number {
  return status === "PROTECTED" ? Math.max(1, Math.floor(qds * whenProtected + 0.5)) : qds;
}

function underStatus(score: RawBuilder<unknown>, status: RawBuilder<unknown>): RawBuilder<number> {
  return toScore(mitigated(score, status));
}

function mitigated(score: RawBuilder<unknown>, status: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(${score} * CASE WHEN ${status} = 'PROTECTED' THEN ${points(whenProtected)} ELSE 1 END)`;
}

function toScore(value: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`least(100, greatest(1, floor(${value} + 0.5)))::smallint`;
}

/**
 * Held to the end of the transaction. Whoever adds findings, or checks to score them by, shares it; whoever changes what
 * scores are made from (knowledge, a known check, weights) holds it alone and sees everything that was made from the
 * former state committed. After tags and before any row in the order of locks.
 */
export async function lockScores(tx: Transaction<unknown>, mode: "alone" | "shared"): Promise<void> {
  const lock = mode === "alone" ? sql`pg_advisory_xact_lock(${scoresKey})` : scoresLock;
  await sql`SELECT ${lock}`.execute(tx);
}

const scoresKey = sql`hashtextextended('scores', 0)`;
/** What {@link lockScores} selects to share them, for who takes several locks at once. */
export const scoresLock: RawBuilder<unknown> = sql`pg_advisory_xact_lock_shared(${scoresKey})`;

/** Tells running imports that scores they know by heart may be others now. Under the lock of the scores, alone. */
export async function raiseScoreBasis(tx: Transaction<unknown>): Promise<void> {
  await sql`INSERT INTO score_basis AS b (version) VALUES (1)
    ON CONFLICT (is_only) DO UPDATE SET version = b.version + 1`.execute(tx);
}

export async function readScoreBasis(tx: Transaction<unknown>): Promise<number> {
  const { rows } = await sql<{ version: number }>`SELECT version FROM score_basis`.execute(tx);
  return rows[0]?.version ?? 0;
}
