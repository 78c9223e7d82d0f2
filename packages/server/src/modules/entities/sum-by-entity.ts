import { type RawBuilder, sql } from "kysely";

/**
 * Sums over the assets of each tag and of all tags below it, each asset once: rows of `entity_id`, `assets` (how many) and
 * the sums. Assets with the same tags are added up first, since there are far fewer sets of tags than assets.
 *
 * @param from `asset a` of one subscription, with what is joined to it
 * @param sums by name, over the rows of one asset
 */
export function sumByEntity(
  subscriptionId: number,
  from: RawBuilder<unknown>,
  sums: Readonly<Record<string, RawBuilder<unknown>>>,
): RawBuilder<unknown> {
  const names = ["assets", ...Object.keys(sums)];
  const ofSet = Object.entries(sums).map(([name, value]) => sql`sum(${value})::bigint AS ${sql.id(name)}`);
  const ofEntity = names.map((name) => sql`sum(g.${sql.id(name)})::bigint AS ${sql.id(name)}`);
  return sql`(
    WITH RECURSIVE up AS (
      SELECT id AS tag_id, id AS entity_id FROM tag WHERE subscription_id = ${subscriptionId}
      UNION
      SELECT u.tag_id, t.parent_id FROM up u
      JOIN tag t ON t.subscription_id = ${subscriptionId} AND t.id = u.entity_id WHERE t.parent_id IS NOT NULL
    ), alike AS (
      SELECT row_number() OVER () AS n, a.tag_ids, count(*) AS assets, ${sql.join(ofSet)} FROM ${from}
      WHERE a.subscription_id = ${subscriptionId} GROUP BY a.tag_ids
    ), belongs AS (
      SELECT DISTINCT x.n, u.entity_id FROM (SELECT n, unnest(tag_ids) AS tag_id FROM alike) x
      JOIN up u ON u.tag_id = x.tag_id
    )
    SELECT b.entity_id, ${sql.join(ofEntity)} FROM belongs b JOIN alike g ON g.n = b.n GROUP BY b.entity_id
    UNION ALL
    SELECT 0, ${sql.join(ofEntity)} FROM alike g
  )`;
}
