import { assetRisk, type BandTotals, QDS_BAND_FLOOR, QDS_BANDS } from "@breakwater/domain/risk/index";
import { sql, type Transaction } from "kysely";

type TotalsRow = {
  id: number;
  risk: number;
  findingCount: number;
  criticality: number;
  isInternetFacing: boolean;
  count: number;
} & Record<`count${1 | 2 | 3 | 4}`, number> &
  Record<`sum${1 | 2 | 3 | 4}`, number>;

/**
 * Brings the stored scores of assets and their findings up to date, within the transaction that changed something they
 * depend on: findings, checks, criticality. Calling it again changes nothing.
 */
export async function rescoreAssets(
  tx: Transaction<unknown>,
  subscriptionId: number,
  assetIds: readonly number[],
): Promise<void> {
  if (assetIds.length === 0) return;
  await sql`
    UPDATE finding f SET qds = c.qds FROM check_definition c
    WHERE f.subscription_id = ${subscriptionId} AND f.asset_id = ANY (${sorted(assetIds)}::bigint[])
      AND c.subscription_id = f.subscription_id AND c.id = f.check_id AND c.qds <> f.qds`.execute(tx);
  await totalAssets(tx, subscriptionId, assetIds);
}

/** {@link rescoreAssets} for findings whose own scores are known to be current. */
export async function totalAssets(
  tx: Transaction<unknown>,
  subscriptionId: number,
  assetIds: readonly number[],
): Promise<void> {
  if (assetIds.length === 0) return;
  const rows = await readTotals(tx, subscriptionId, sorted(assetIds));
  const changed = rows.flatMap((row) => {
    const risk = assetRisk({ ...row, bands: toBands(row) });
    return risk === row.risk && row.count === row.findingCount ? [] : [{ id: row.id, risk, count: row.count }];
  });
  if (changed.length === 0) return;
  await sql`
    UPDATE asset a SET risk = x.risk, finding_count = x.count
    FROM json_to_recordset(${JSON.stringify(changed)}::json) AS x(id bigint, risk smallint, count integer)
    WHERE a.subscription_id = ${subscriptionId} AND a.id = x.id`.execute(tx);
}

/** Open findings of each asset by band, in the order of the ids, which is the order in which the rows are locked. */
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
      sql`count(*) FILTER (WHERE ${condition})::int AS ${sql.id(`count${index + 1}`)},
          coalesce(sum(f.qds) FILTER (WHERE ${condition}), 0)::int AS ${sql.id(`sum${index + 1}`)}`,
  );
  await sql`SELECT 1 FROM asset WHERE subscription_id = ${subscriptionId} AND id = ANY (${ids}::bigint[])
    ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  const { rows } = await sql<TotalsRow>`
    SELECT a.id, a.risk, a.finding_count AS "findingCount", a.criticality, a.is_internet_facing AS "isInternetFacing", t.*
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
