-- When a finding was there and when it was away, whatever the order of imports (docs/decisions/0024-identity-and-life-cycle.md).

-- {seen, away, unknown: epoch ms, told: [[away, date]]}: what the source's word tells beside its first and last sight and what
-- its runs imply (domain/src/presence/timeline.ts). Null for nothing, as nearly always.
ALTER TABLE finding_source ADD COLUMN marks jsonb;

-- The newest runs that looked at the asset, newest first: four times their epoch ms, and 0 for one that showed a part, 1 for all
-- that was there, 2 for a complete one; 3 where older ones are not known. Where several products look, by product.
ALTER TABLE asset_source ADD COLUMN runs bigint[] NOT NULL DEFAULT '{}', ADD COLUMN runs_by jsonb;

UPDATE asset_source SET runs = ARRAY(
    SELECT r FROM (VALUES ((extract(epoch FROM complete_at) * 1000)::bigint * 4 + 3),
      (CASE WHEN seen_at > to_timestamp(0) THEN (extract(epoch FROM seen_at) * 1000)::bigint * 4 + 1 END)) AS x(r)
    WHERE r IS NOT NULL ORDER BY r DESC)
  WHERE complete_by IS NULL;
UPDATE asset_source s SET runs_by = (SELECT coalesce(jsonb_object_agg(y.key, jsonb_build_array(y.value::bigint * 4 + 3)), '{}')
    FROM jsonb_each_text(s.complete_by) y WHERE y.value IS NOT NULL)
  WHERE complete_by IS NOT NULL;

-- What is known to have been fixed and reopened so far: the last time of each, of all sources as of one.
UPDATE finding_source s SET marks = jsonb_strip_nulls(jsonb_build_object(
    'away', CASE WHEN g.back < g.closed THEN jsonb_build_array(g.back - 1, g.closed) ELSE jsonb_build_array(g.closed) END,
    'seen', CASE WHEN g.back IS NOT NULL AND (s.is_present OR s.last_seen >= to_timestamp(g.back::float8 / 1000)) THEN jsonb_build_array(g.back) END,
    'told', CASE WHEN g.told IS NOT NULL THEN jsonb_build_array(jsonb_build_array(g.closed, g.told)) END))
  FROM (SELECT subscription_id, asset_id, fingerprint, (extract(epoch FROM coalesce(closed_at, last_fixed)) * 1000)::bigint AS closed,
      CASE WHEN closed_at IS NOT NULL THEN (extract(epoch FROM last_fixed) * 1000)::bigint END AS told,
      (extract(epoch FROM reopened_at) * 1000)::bigint AS back
    FROM finding WHERE last_fixed IS NOT NULL) g
  WHERE s.subscription_id = g.subscription_id AND s.asset_id = g.asset_id AND s.fingerprint = g.fingerprint
    AND s.first_seen <= to_timestamp(least(g.closed, g.back - 1)::float8 / 1000);
