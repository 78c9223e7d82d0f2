-- Matching of hosts (docs/decisions/0021-advisory-matching.md).

-- Hosts that wait to be matched, apart from their keys: each mark, and each settling, put all keys of the host into their
-- index anew. No foreign key to the host: it would lock the host's row for each mark, and whoever matches sees that it is gone.
CREATE TABLE ot_due_host (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  asset_id bigint NOT NULL,
  PRIMARY KEY (subscription_id, asset_id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
-- All of them: they have keys that they had not when they were matched last.
INSERT INTO ot_due_host SELECT subscription_id, asset_id FROM ot_match;
ALTER TABLE ot_match DROP COLUMN is_due;

-- Another one whenever advisories change: what somebody knows of them by heart is true of one version.
CREATE TABLE ot_advisory_version (
  subscription_id integer PRIMARY KEY REFERENCES subscription ON DELETE CASCADE,
  version uuid NOT NULL
);
INSERT INTO ot_advisory_version SELECT subscription_id, gen_random_uuid() FROM ot_advisory GROUP BY subscription_id;

-- Advisories are never deleted but with their subscription (see 0014): checking them locked the advisory's row for each detection.
ALTER TABLE ot_detection DROP CONSTRAINT ot_detection_subscription_id_advisory_id_fkey;

-- Of what a detection says whichever host it is about: what is stored so is not written again. Null: unknown.
ALTER TABLE ot_detection ADD COLUMN digest uuid;
