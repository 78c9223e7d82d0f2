import { assetRisk, type BandTotals, QDS_BAND_FLOOR, QDS_BANDS, type RiskWeights } from "@breakwater/domain/risk/index";
import { sql, type Transaction } from "kysely";
import { detectionScoreSql } from "./detection-score-sql.ts";

type TotalsRow = {
  id: number;
  risk: number;
  findingCount: number;
  criticality: number;
  isInternetFacing: boolean;
  count: number;
  weights: RiskWeights | null;
} & Record<`count${1 | 2 | 3 | 4}`, number> &
  Record<`sum${1 | 2 | 3 | 4}`, number>;

/**
 * Brings the stored scores of assets and their findings up to date, within the transaction that changed something they
 * depend on: findings, checks, knowledge, acceptances, criticality, weights. Calling it again changes nothing.
 */
export async function rescoreAssets(
  tx: Transaction<unknown>,
  subscriptionId: number,
  assetIds: readonly number[],
): Promise<void> {
  if (assetIds.length === 0) return;
  const ids = sorted(assetIds);
  await lockRows(tx, subscriptionId, ids);
  await sql`
    UPDATE finding f SET qds = x.qds FROM (
      SELECT f.id, ${detectionScoreSql} AS qds ${scoredFindings}
      WHERE f.subscription_id = ${subscriptionId} AND f.asset_id = ANY (${ids}::bigint[])
    ) x WHERE f.subscription_id = ${subscriptionId} AND f.asset_id = ANY (${ids}::bigint[]) AND f.id = x.id
      AND f.qds <> x.qds`.execute(tx);
  await totalAssets(tx, subscriptionId, ids);
}

/** Findings `f` with what their scores are made from. */
const scoredFindings = sql`FROM finding f
  JOIN check_definition c ON c.subscription_id = f.subscription_id AND c.id = f.check_id
  LEFT JOIN cve_knowledge k ON k.cve_id = f.cve_id`;

/**
 * Those of a stretch of assets that have a finding whose stored score is not what it should be. Looks only: lock and
 * look again by {@link rescoreAssets}.
 *
 * @param checkIds narrows to findings of these checks
 */
export async function findStaleAssets(
  tx: Transaction<unknown>,
  subscriptionId: number,
  { first, last, checkIds }: { first: number; last: number; checkIds?: readonly number[] },
): Promise<number[]> {
  const isOfCheck = checkIds ? sql`f.check_id = ANY (${[...checkIds]}::bigint[])` : sql`TRUE`;
  const { rows } = await sql<{ id: number }>`
    SELECT DISTINCT f.asset_id AS id ${scoredFindings}
    WHERE f.subscription_id = ${subscriptionId} AND f.asset_id BETWEEN ${first} AND ${last} AND ${isOfCheck}
      AND f.qds <> ${detectionScoreSql}
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
  const rows = await readTotals(tx, subscriptionId, ids);
  const changed = rows.flatMap((row) => {
    const risk = assetRisk({ ...row, bands: toBands(row) }, row.weights ?? undefined);
    return risk === row.risk && row.count === row.findingCount ? [] : [{ id: row.id, risk, count: row.count }];
  });
  if (changed.length === 0) return;
  await sql`
    UPDATE asset a SET risk = x.risk, finding_count = x.count
    FROM json_to_recordset(${JSON.stringify(changed)}::json) AS x(id bigint, risk smallint, count integer)
    WHERE a.subscription_id = ${subscriptionId} AND a.id = x.id`.execute(tx);
}

async function lockRows(tx: Transaction<unknown>, subscriptionId: number, ids: readonly number[]): Promise<void> {
  await sql`SELECT 1 FROM asset WHERE subscription_id = ${subscriptionId} AND id = ANY (${ids}::bigint[])
    ORDER BY id FOR NO KEY UPDATE`.execute(tx);
}

/** Open findings of each asset that count, by band; `count` is all open ones. */
async function readTotals(tx: Transaction<unknown>, subscriptionId: number, ids: readonly number[]) {
  const [critical, high, medium] = QDS_BANDS.map((band) => QDS_BAND_FLOOR[band]);
  const isIn = [
    sql`f.qds >= ${critical}`,
    sql`f.qds >= ${high} AND f.qds < ${critical}`,
    sql`f.qds >= ${medium} AND f.qds < ${high}`,
    sql`f.qds < ${medium}`,
  ];
  const columns = isIn.map(
    (condition, index) =>
      sql`count(*) FILTER (WHERE ${condition} AND NOT f.is_accepted)::int AS ${sql.id(`count${index + 1}`)},
          coalesce(sum(f.qds) FILTER (WHERE ${condition} AND NOT f.is_accepted), 0)::int AS ${sql.id(`sum${index + 1}`)}`,
  );
  const { rows } = await sql<TotalsRow>`
    SELECT a.id, a.risk, a.finding_count AS "findingCount", a.criticality, a.is_internet_facing AS "isInternetFacing",
      (SELECT json_build_object('critical', w.weight_critical, 'high', w.weight_high, 'medium', w.weight_medium,
         'low', w.weight_low) FROM score_setting w WHERE w.subscription_id = ${subscriptionId}) AS weights, t.*
    FROM asset a CROSS JOIN LATERAL (
      SELECT count(*)::int AS count, ${sql.join(columns)}
      FROM finding f WHERE f.subscription_id = a.subscription_id AND f.asset_id = a.id AND f.status <> 'FIXED'
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
