-- The best version of CVSS that has a score: detection scores go by the best that check and CVE record have together
-- (docs/decisions/0018-knowledge-and-scores.md).
ALTER TABLE check_definition ADD COLUMN cvss_version text GENERATED ALWAYS AS (CASE
  WHEN jsonb_path_exists(cvss, '$[*] ? (@.version == "4.0" && @.score != null)') THEN '4.0'
  WHEN jsonb_path_exists(cvss, '$[*] ? (@.version == "3.1" && @.score != null)') THEN '3.1'
  WHEN jsonb_path_exists(cvss, '$[*] ? (@.version == "3.0" && @.score != null)') THEN '3.0'
  WHEN jsonb_path_exists(cvss, '$[*] ? (@.version == "2.0" && @.score != null)') THEN '2.0' END) STORED;
ALTER TABLE cve_knowledge ADD COLUMN cvss_version text GENERATED ALWAYS AS (CASE
  WHEN jsonb_path_exists(cvss, '$[*] ? (@.version == "4.0" && @.score != null)') THEN '4.0'
  WHEN jsonb_path_exists(cvss, '$[*] ? (@.version == "3.1" && @.score != null)') THEN '3.1'
  WHEN jsonb_path_exists(cvss, '$[*] ? (@.version == "3.0" && @.score != null)') THEN '3.0'
  WHEN jsonb_path_exists(cvss, '$[*] ? (@.version == "2.0" && @.score != null)') THEN '2.0' END) STORED;

-- All scores are gone through once, as those of a changed weight would be.
INSERT INTO score_walk AS w (subscription_id, is_of_weights)
SELECT s.id, false FROM subscription s WHERE EXISTS (SELECT FROM asset a WHERE a.subscription_id = s.id) ORDER BY s.id
ON CONFLICT (subscription_id) DO UPDATE SET done_up_to = 0;

-- What sources tell of an asset's interfaces: [{"address", "macAddress", "hostName"}], each of them or null.
ALTER TABLE asset ADD COLUMN interfaces jsonb NOT NULL DEFAULT '[]';

-- A run closes only what its own product reported through the connection (docs/decisions/0024-identity-and-life-cycle.md).
ALTER TABLE asset_source
  -- Whose look the row tells of; null: not known, or see complete_by.
  ADD COLUMN product text,
  -- Where several products looked through the connection: the last complete run of each, epoch ms or null. Then seen_at and
  -- digest tell nothing, and each attribution has its own time.
  ADD COLUMN complete_by jsonb;
UPDATE asset_source v SET product = n.product FROM connection n
WHERE n.subscription_id = v.subscription_id AND n.id = v.connection_id;

-- Which of the products looked last is not known any more: all of them did, as far as anything tells.
CREATE TEMPORARY TABLE mixed_source ON COMMIT DROP AS
  SELECT s.subscription_id, s.asset_id, s.connection_id, array_agg(DISTINCT c.product) AS products
  FROM finding_source s JOIN check_definition c ON c.subscription_id = s.subscription_id AND c.id = s.check_id
  GROUP BY 1, 2, 3 HAVING count(DISTINCT c.product) > 1;
ANALYZE mixed_source;
UPDATE finding f SET last_found = v.seen_at
FROM mixed_source m JOIN asset_source v USING (subscription_id, asset_id, connection_id)
WHERE f.subscription_id = m.subscription_id AND f.asset_id = m.asset_id AND f.last_found < v.seen_at
  AND EXISTS (SELECT FROM finding_source s WHERE s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id
    AND s.fingerprint = f.fingerprint AND s.connection_id = m.connection_id AND s.is_present AND s.told_last IS NULL);
UPDATE finding_source s SET last_seen = v.seen_at
FROM mixed_source m JOIN asset_source v USING (subscription_id, asset_id, connection_id)
WHERE s.subscription_id = m.subscription_id AND s.asset_id = m.asset_id AND s.connection_id = m.connection_id
  AND s.is_present AND s.last_seen < v.seen_at;
UPDATE asset_source v SET product = NULL, seen_at = to_timestamp(0), digest = '', complete_at = NULL,
  complete_by = (SELECT jsonb_object_agg(p, (extract(epoch FROM v.complete_at) * 1000)::bigint) FROM unnest(m.products) AS p)
FROM mixed_source m
WHERE v.subscription_id = m.subscription_id AND v.asset_id = m.asset_id AND v.connection_id = m.connection_id;

-- Addresses of ranges that did not identify before do so now; assets that were known by them alone stay known.
WITH named AS (
  SELECT i.*, coalesce(n.network, (SELECT min(o.network) FROM connection o
      WHERE o.subscription_id = i.subscription_id AND lower(o.network) = i.network), i.network) AS of_network,
    CASE WHEN i.value ~ '^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\.|$)){4}$' THEN i.value::inet
         WHEN i.value ~ '^([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}$' THEN i.value::inet
         WHEN i.value ~ '^2001:db8:' AND i.value ~ '^([0-9a-f]{1,4}:){2,6}(:|(:[0-9a-f]{1,4}){1,4})$'
           AND array_length(string_to_array(i.value, ':'), 1) <= 8 THEN i.value::inet END AS address
  FROM asset_identifier i LEFT JOIN connection n ON n.subscription_id = i.subscription_id AND n.id::text = i.network
  WHERE i.kind = 'source-name'
)
INSERT INTO asset_identifier (subscription_id, network, kind, value, asset_id, claimed_at)
SELECT subscription_id, of_network, 'ip', host(address), asset_id, claimed_at FROM named
WHERE address IS NOT NULL AND NOT address <<= ANY (ARRAY['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4',
  '255.255.255.255/32', '::/127', 'fe80::/10', 'ff00::/8']::inet[])
ORDER BY claimed_at DESC ON CONFLICT DO NOTHING;

-- The dot that ends a name makes it no other.
UPDATE asset_identifier i SET value = rtrim(value, '.')
WHERE kind = 'source-name' AND value ~ '^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.$' AND NOT EXISTS (
  SELECT FROM asset_identifier o WHERE o.subscription_id = i.subscription_id AND o.kind = i.kind AND o.network = i.network
    AND o.value = rtrim(i.value, '.'));
UPDATE asset SET name = rtrim(name, '.') WHERE name ~* '^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.$';
