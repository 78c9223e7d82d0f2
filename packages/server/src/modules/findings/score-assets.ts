import { assetRisk, type BandTotals, QDS_BAND_FLOOR, QDS_BANDS, type RiskWeights } from "@breakwater/domain/risk/index";
import { type RawBuilder, sql, type Transaction } from "kysely";
import { prepared } from "../../db/prepared.ts";
import { findingScoreSql } from "./detection-score-sql.ts";
import { isFacing, readScoreRules, ruledFindings, type ScoreRule } from "./score-rules.ts";
import { hasSeveralSources, showTrusted } from "./trust.ts";

type TotalsRow = {
  id: number;
  risk: number;
  findingCount: number;
  storedBands: number[];
  criticality: number;
  isInternetFacing: boolean;
  count: number;
  weights: RiskWeights | null;
  isStale: boolean;
} & Record<`count${1 | 2 | 3 | 4}`, number> &
  Record<`sum${1 | 2 | 3 | 4}`, number>;

/**
 * Brings the stored scores of assets and their findings up to date, within the transaction that changed something they
 * depend on: findings, checks, knowledge, acceptances, criticality, weights, rules. Calling it again changes nothing.
 *
 * @param isLocked the assets' rows are locked already
 */
export async function rescoreAssets(
  tx: Transaction<unknown>,
  subscriptionId: number,
  assetIds: readonly number[],
  { isLocked = false }: { isLocked?: boolean } = {},
): Promise<void> {
  if (assetIds.length === 0) return;
  const ids = sorted(assetIds);
  if (!isLocked) await lockRows(tx, subscriptionId, ids);
  if (await hasSeveralSources(tx, subscriptionId)) await showTrusted(tx, subscriptionId, ids);
  const rules = await readScoreRules(tx, subscriptionId);
  // Most often nothing is to be written: one look tells it, and the totals.
  const rows = rules.length === 0 ? await readTotals(tx, subscriptionId, ids, { isToCheck: true }) : null;
  if (rows?.every(({ isStale }) => !isStale)) return await writeTotals(tx, subscriptionId, rows);
  await writeScores(tx, subscriptionId, ids, rules);
  await writeTotals(tx, subscriptionId, await readTotals(tx, subscriptionId, ids));
}

/** {@link rescoreAssets} where nothing but the scores of these findings can be others. */
export async function rescoreFindings(
  tx: Transaction<unknown>,
  subscriptionId: number,
  findingIds: readonly number[],
): Promise<void> {
  const { rows } = await sql<{ id: number }>`${prepared}
    SELECT DISTINCT asset_id AS id FROM finding
    WHERE subscription_id = ${subscriptionId} AND id = ANY (${[...findingIds]}::bigint[])`.execute(tx);
  await lockRows(
    tx,
    subscriptionId,
    rows.map(({ id }) => id),
  );
  const isMeant = sql`f.id = ANY (${[...findingIds]}::bigint[])`;
  const written = await writeFindingScores(tx, subscriptionId, isMeant, await readScoreRules(tx, subscriptionId));
  await totalAssets(tx, subscriptionId, written);
}

/** Which assets somebody was busy with. */
export type ScoredAssets = {
  /** Whose findings or criticality were written: to be totalled in any case. */
  written: readonly number[];
  /** Whose sources, tags or states may be others now though no score of a check is: rules may ask for them. */
  looked?: readonly number[];
};

/** After findings were written with the scores of their checks: has them show the source trusted most, and their scores follow. */
export async function scoreWritten(
  tx: Transaction<unknown>,
  subscriptionId: number,
  { written, looked = [] }: ScoredAssets,
): Promise<void> {
  if (!(await hasSeveralSources(tx, subscriptionId))) return followRules(tx, subscriptionId, { written, looked });
  const all = sorted([...written, ...looked]);
  await lockRows(tx, subscriptionId, all);
  const shown = sorted(await showTrusted(tx, subscriptionId, all));
  const rules = await readScoreRules(tx, subscriptionId);
  if (rules.length === 0 && shown.length > 0) await writeScores(tx, subscriptionId, shown, rules);
  await followRules(tx, subscriptionId, { written: [...written, ...shown], looked });
}

/**
 * Brings scores up to date where those of the checks are. Without rules only the totals of `written` are left to do; with
 * rules all assets are scored, since any of it may be what a rule asks for.
 */
export async function followRules(
  tx: Transaction<unknown>,
  subscriptionId: number,
  { written, looked = [] }: ScoredAssets,
): Promise<void> {
  const rules = await readScoreRules(tx, subscriptionId);
  const ids = sorted(rules.length > 0 ? [...written, ...looked] : written);
  if (rules.length > 0 && ids.length > 0) {
    await lockRows(tx, subscriptionId, ids);
    await writeScores(tx, subscriptionId, ids, rules);
  }
  await totalAssets(tx, subscriptionId, ids);
}

async function writeScores(
  tx: Transaction<unknown>,
  subscriptionId: number,
  ids: readonly number[],
  rules: readonly ScoreRule[],
): Promise<void> {
  await writeFindingScores(tx, subscriptionId, sql`f.asset_id = ANY (${ids}::bigint[])`, rules);
  const facing = isFacing(rules);
  await sql`${prepared}
    UPDATE asset a SET is_internet_facing = ${facing}
    WHERE a.subscription_id = ${subscriptionId} AND a.id = ANY (${ids}::bigint[]) AND a.is_internet_facing <> ${facing}`.execute(
    tx,
  );
}

/** @returns ids of the assets of those that were written, some of them several times */
async function writeFindingScores(
  tx: Transaction<unknown>,
  subscriptionId: number,
  isMeant: RawBuilder<unknown>,
  rules: readonly ScoreRule[],
): Promise<number[]> {
  // Read first, then written by key: joined with itself the table is gone through for each of its rows where the planner
  // has no statistics yet. OFFSET 0: a score with its rules is reckoned once for each finding.
  const { rows } = await sql<{ id: number; assetId: number; qds: number }>`${prepared}
    SELECT x.id, x."assetId", x.qds FROM (
      SELECT f.id, f.asset_id AS "assetId", f.qds AS former, ${findingScoreSql(rules)} AS qds FROM ${scoredFindings(rules)}
      WHERE f.subscription_id = ${subscriptionId} AND ${isMeant} OFFSET 0
    ) x WHERE x.former <> x.qds`.execute(tx);
  if (rows.length > 0) {
    await sql`
      UPDATE finding f SET qds = x.qds
      FROM unnest(${rows.map(({ id }) => id)}::bigint[], ${rows.map(({ qds }) => qds)}::smallint[]) AS x(id, qds)
      WHERE f.subscription_id = ${subscriptionId} AND f.id = x.id`.execute(tx);
  }
  return rows.map(({ assetId }) => assetId);
}

/** Findings `f` with what their scores are made from; the asset only where rules ask for it. */
function scoredFindings(rules: readonly ScoreRule[]) {
  if (rules.length > 0) return ruledFindings;
  return sql`finding f JOIN check_definition c ON c.subscription_id = f.subscription_id AND c.id = f.check_id
    LEFT JOIN cve_knowledge k ON k.cve_id = f.cve_id`;
}

/**
 * Those of a stretch of assets that have a finding whose stored score is not what it should be, or that count as
 * internet-facing and should not, or the other way round. Looks only: lock and look again by {@link rescoreAssets}.
 *
 * @param checkIds narrows to findings of these checks
 */
export async function findStaleAssets(
  tx: Transaction<unknown>,
  subscriptionId: number,
  { first, last, checkIds }: { first: number; last: number; checkIds?: readonly number[] },
): Promise<number[]> {
  const isOfCheck = checkIds ? sql`f.check_id = ANY (${[...checkIds]}::bigint[])` : sql`TRUE`;
  const rules = await readScoreRules(tx, subscriptionId);
  const { rows } = await sql<{ id: number }>`
    SELECT f.asset_id AS id FROM ${scoredFindings(rules)}
    WHERE f.subscription_id = ${subscriptionId} AND f.asset_id BETWEEN ${first} AND ${last} AND ${isOfCheck}
      AND f.qds <> ${findingScoreSql(rules)}
    UNION
    SELECT a.id FROM asset a WHERE a.subscription_id = ${subscriptionId} AND a.id BETWEEN ${first} AND ${last}
      AND a.is_internet_facing <> ${isFacing(rules)}
    ORDER BY 1`.execute(tx);
  return rows.map(({ id }) => id);
}

/** The next assets in the order of their ids. */
export async function nextAssetIds(
  tx: Transaction<unknown>,
  subscriptionId: number,
  after: number,
  limit: number,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM asset WHERE subscription_id = ${subscriptionId} AND id > ${after}
    ORDER BY id LIMIT ${limit}`.execute(tx);
  return rows.map(({ id }) => id);
}

/** {@link rescoreAssets} for findings whose own scores are known to be current. */
export async function totalAssets(
  tx: Transaction<unknown>,
  subscriptionId: number,
  assetIds: readonly number[],
): Promise<void> {
  if (assetIds.length === 0) return;
  const ids = sorted(assetIds);
  await lockRows(tx, subscriptionId, ids);
  await writeTotals(tx, subscriptionId, await readTotals(tx, subscriptionId, ids));
}

async function writeTotals(
  tx: Transaction<unknown>,
  subscriptionId: number,
  rows: readonly TotalsRow[],
): Promise<void> {
  const changed = rows.flatMap((row) => {
    const risk = assetRisk({ ...row, bands: toBands(row) }, row.weights ?? undefined);
    const bands = [row.count1, row.count2, row.count3, row.count4];
    const isAsStored = risk === row.risk && row.count === row.findingCount && `${bands}` === `${row.storedBands}`;
    return isAsStored ? [] : [{ id: row.id, risk, count: row.count, bands }];
  });
  if (changed.length === 0) return;
  await sql`
    UPDATE asset a SET risk = x.risk, finding_count = x.count, critical_count = x.bands[1], high_count = x.bands[2],
      medium_count = x.bands[3], low_count = x.bands[4]
    FROM jsonb_to_recordset(${JSON.stringify(changed)}::jsonb)
      AS x(id bigint, risk smallint, count integer, bands integer[])
    WHERE a.subscription_id = ${subscriptionId} AND a.id = x.id`.execute(tx);
}

async function lockRows(tx: Transaction<unknown>, subscriptionId: number, ids: readonly number[]): Promise<void> {
  await sql`${prepared} SELECT 1 FROM asset WHERE subscription_id = ${subscriptionId} AND id = ANY (${ids}::bigint[])
    ORDER BY id FOR NO KEY UPDATE`.execute(tx);
}

/**
 * Open findings of each asset that count, by band; `count` is all open ones.
 *
 * @param isToCheck tells of each asset whether scores of its findings, or itself, are stored otherwise than they are without rules
 */
async function readTotals(
  tx: Transaction<unknown>,
  subscriptionId: number,
  ids: readonly number[],
  { isToCheck = false }: { isToCheck?: boolean } = {},
): Promise<TotalsRow[]> {
  const [critical, high, medium] = QDS_BANDS.map((band) => QDS_BAND_FLOOR[band]);
  const isIn = [
    sql`f.qds >= ${critical}`,
    sql`f.qds >= ${high} AND f.qds < ${critical}`,
    sql`f.qds >= ${medium} AND f.qds < ${high}`,
    sql`f.qds < ${medium}`,
  ];
  const isOpen = sql`f.status <> 'FIXED'`;
  const columns = isIn.map(
    (condition, index) =>
      sql`count(*) FILTER (WHERE ${condition} AND ${isOpen} AND NOT f.is_accepted)::int AS ${sql.id(`count${index + 1}`)},
          coalesce(sum(f.qds) FILTER (WHERE ${condition} AND ${isOpen} AND NOT f.is_accepted), 0)::int AS ${sql.id(`sum${index + 1}`)}`,
  );
  const findings = isToCheck ? scoredFindings([]) : sql`finding f`;
  const isOther = isToCheck ? sql`coalesce(bool_or(f.qds <> ${findingScoreSql([])}), false)` : sql`false`;
  const { rows } = await sql<TotalsRow>`${prepared}
    SELECT a.id, a.risk, a.finding_count AS "findingCount",
      ARRAY[a.critical_count, a.high_count, a.medium_count, a.low_count] AS "storedBands", a.criticality, a.is_internet_facing AS "isInternetFacing",
      (SELECT json_build_object('critical', w.weight_critical, 'high', w.weight_high, 'medium', w.weight_medium,
         'low', w.weight_low) FROM score_setting w WHERE w.subscription_id = ${subscriptionId}) AS weights,
      t.*, t."isOther" OR a.is_internet_facing <> ${isFacing([])} AS "isStale"
    FROM asset a CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE ${isOpen})::int AS count, ${isOther} AS "isOther", ${sql.join(columns)}
      FROM ${findings} WHERE f.subscription_id = a.subscription_id AND f.asset_id = a.id${isToCheck ? sql`` : sql` AND ${isOpen}`}
    ) t
    WHERE a.subscription_id = ${subscriptionId} AND a.id = ANY (${ids}::bigint[])`.execute(tx);
  return rows;
}

function toBands(row: TotalsRow): BandTotals {
  const band = (count: number, sum: number) => ({ count, average: count === 0 ? 0 : sum / count });
  return {
    critical: band(row.count1, row.sum1),
    high: band(row.count2, row.sum2),
    medium: band(row.count3, row.sum3),
    low: band(row.count4, row.sum4),
  };
}

function sorted(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}
