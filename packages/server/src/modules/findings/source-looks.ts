import { type Look, MAX_LOOKS } from "@breakwater/domain/presence/index";
import { type RawBuilder, sql, type Transaction } from "kysely";

type Tx = Transaction<unknown>;
type SourceKey = { subscriptionId: number; connectionId: number; product: string };

/** As `asset_source.runs` has them: four times the time, and this. */
const KINDS = ["partial", "whole", "complete", "beyond"] as const;

/** A source's newest looks at each of the assets, those of runs under way excepted. */
export async function loadLooks(
  tx: Tx,
  { subscriptionId, connectionId, product }: SourceKey,
  assetIds: readonly number[],
): Promise<Map<number, Look[]>> {
  if (assetIds.length === 0) return new Map();
  const { rows } = await sql<{ id: number; runs: number[] | null }>`
    SELECT asset_id AS id, CASE WHEN complete_by IS NULL THEN to_jsonb(runs) ELSE runs_by->${product} END AS runs
    FROM asset_source WHERE subscription_id = ${subscriptionId} AND connection_id = ${connectionId}
      AND asset_id = ANY (${[...assetIds]}::bigint[])`.execute(tx);
  return new Map(
    rows.map(({ id, runs }) => [
      id,
      (runs ?? []).map((code) => ({ at: Math.floor(code / 4), kind: KINDS[code % 4]! })),
    ]),
  );
}

/** One of {@link KINDS} at the time of a column. */
export function lookAt(time: RawBuilder<unknown>, kind: (typeof KINDS)[number]): RawBuilder<number> {
  return sql<number>`((extract(epoch FROM ${time}) * 1000)::bigint * 4 + ${sql.lit(KINDS.indexOf(kind))})`;
}

/** Of a source whose looks are not those at the asset any more: none is known, and those up to a time are not judged again. */
export function forgottenLooks(time: RawBuilder<unknown>): RawBuilder<number[]> {
  return sql<number[]>`array_remove(ARRAY[${lookAt(time, "beyond")}], NULL)`;
}

/** The newest of two arrays of looks. */
export function newestLooks(one: RawBuilder<unknown>, other: RawBuilder<unknown>): RawBuilder<number[]> {
  return sql<
    number[]
  >`ARRAY(SELECT DISTINCT r FROM unnest(${one} || ${other}) AS r ORDER BY r DESC LIMIT ${sql.lit(MAX_LOOKS)})`;
}
