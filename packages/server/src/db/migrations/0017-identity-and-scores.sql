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

-- Sources whose findings on the asset are not, or not only, those of the connection's first product.
CREATE TEMPORARY TABLE told_source ON COMMIT DROP AS
  SELECT s.subscription_id, s.asset_id, s.connection_id, array_agg(DISTINCT c.product) AS products
  FROM finding_source s JOIN check_definition c ON c.subscription_id = s.subscription_id AND c.id = s.check_id
  JOIN connection n ON n.subscription_id = s.subscription_id AND n.id = s.connection_id
  GROUP BY 1, 2, 3, n.product HAVING array_agg(DISTINCT c.product) <> ARRAY[n.product];
ANALYZE told_source;
UPDATE asset_source v SET product = n.product FROM connection n
WHERE n.subscription_id = v.subscription_id AND n.id = v.connection_id;
UPDATE asset_source v SET product = t.products[1] FROM told_source t
WHERE cardinality(t.products) = 1 AND t.subscription_id = v.subscription_id AND t.asset_id = v.asset_id
  AND t.connection_id = v.connection_id;

-- Where there are several, which of them looked last is not known any more: all of them did, as far as anything tells.
CREATE TEMPORARY TABLE mixed_source ON COMMIT DROP AS
  SELECT subscription_id, asset_id, connection_id, products, v.seen_at
  FROM told_source JOIN asset_source v USING (subscription_id, asset_id, connection_id) WHERE cardinality(products) > 1;
ANALYZE mixed_source;
UPDATE finding_source s SET last_seen = m.seen_at FROM mixed_source m
WHERE s.subscription_id = m.subscription_id AND s.asset_id = m.asset_id AND s.connection_id = m.connection_id
  AND s.is_present AND s.last_seen < m.seen_at;
UPDATE finding f SET last_found = l.last_seen
FROM (
  SELECT subscription_id, asset_id, s.fingerprint, max(s.last_seen) AS last_seen
  FROM mixed_source JOIN finding_source s USING (subscription_id, asset_id, connection_id)
  WHERE s.is_present AND s.told_last IS NULL GROUP BY 1, 2, 3
) l
WHERE f.subscription_id = l.subscription_id AND f.asset_id = l.asset_id AND f.fingerprint = l.fingerprint
  AND f.last_found < l.last_seen;
UPDATE asset a SET described_by = (
  SELECT jsonb_object_agg(d.field, d.sayers || coalesce((SELECT jsonb_object_agg(t.id, t.at) FROM jsonb_each(l.looks) AS t(id, at)
    WHERE (d.sayers->>t.id)::bigint < t.at::bigint), '{}')) FROM jsonb_each(a.described_by) AS d(field, sayers))
FROM (
  SELECT subscription_id, asset_id, jsonb_object_agg(connection_id, (extract(epoch FROM seen_at) * 1000)::bigint) AS looks
  FROM mixed_source GROUP BY 1, 2
) l
WHERE a.subscription_id = l.subscription_id AND a.id = l.asset_id AND a.described_by <> '{}';
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

-- What passive sources tell of MACs and serial numbers is one device's within its network (docs/decisions/0019-what-packets-say.md):
-- hosts that they alone know have theirs there too, by their addresses and names, else by the captures that told of them last.
-- Of a database that was restored nothing is known yet: a plan made blindly takes a second for a thousand hosts.
-- Not where there is nothing yet: statistics of empty tables would stand until the first automatic look at them.
DO $$ BEGIN
  IF EXISTS (SELECT FROM asset) THEN
    ANALYZE asset, asset_source, asset_identifier, ot_evidence, import_job, connection;
  END IF;
END $$;
CREATE TEMPORARY TABLE passive_host ON COMMIT DROP AS
  -- The networks of names are in lower case.
  SELECT DISTINCT a.subscription_id, a.id AS asset_id,
    CASE i.kind WHEN 'ip' THEN i.network ELSE coalesce(n.network, i.network) END AS network
  FROM asset a LEFT JOIN asset_identifier i ON i.subscription_id = a.subscription_id AND i.asset_id = a.id
    AND i.kind IN ('ip', 'source-name')
  LEFT JOIN connection n ON n.subscription_id = i.subscription_id AND lower(n.network) = i.network AND i.kind = 'source-name'
  WHERE a.is_ot AND a.sources <@ ARRAY['Passive Sensor', 'Project File'] AND NOT EXISTS (
    SELECT FROM asset_source s WHERE s.subscription_id = a.subscription_id AND s.asset_id = a.id);
ANALYZE passive_host;
INSERT INTO asset_identifier (subscription_id, network, kind, value, asset_id, claimed_at)
SELECT i.subscription_id, p.network, i.kind, i.value, i.asset_id, i.claimed_at
FROM (
  SELECT * FROM passive_host
  UNION
  SELECT h.subscription_id, h.asset_id, n.network FROM passive_host h
  JOIN ot_evidence e ON e.subscription_id = h.subscription_id AND e.asset_id = h.asset_id
  JOIN import_job j ON j.subscription_id = e.subscription_id AND j.id = e.job_id
  JOIN connection n ON n.subscription_id = j.subscription_id AND lower(n.name) = lower(j.connection_name) AND n.deleted_at IS NULL
  WHERE h.network IS NULL
) p JOIN asset_identifier i ON i.subscription_id = p.subscription_id AND i.asset_id = p.asset_id
WHERE i.kind IN ('mac', 'serial-number') AND i.network = '' AND p.network <> 'default'
ON CONFLICT DO NOTHING;
