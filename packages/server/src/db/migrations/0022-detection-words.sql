-- Detections at the speed of their findings (docs/decisions/0021-advisory-matching.md).

-- What detections say at length, by the digest of their words: thousands of hosts share one. What no detection says any more
-- stays until its subscription goes: it is as much as an edition of an advisory.
CREATE TABLE ot_detection_text (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  digest uuid NOT NULL,
  threat text NOT NULL,
  solution text NOT NULL,
  PRIMARY KEY (subscription_id, digest)
);
CREATE TRIGGER list_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ot_detection_text
  FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

-- Of unknown digest: nothing that is matched again has this one, so that its words are written then.
UPDATE ot_detection SET digest = md5(threat || chr(10) || solution)::uuid WHERE digest IS NULL;
INSERT INTO ot_detection_text (subscription_id, digest, threat, solution)
  SELECT DISTINCT ON (subscription_id, digest) subscription_id, digest, threat, solution FROM ot_detection
  ORDER BY subscription_id, digest;
-- Each detection is written again whenever its host is matched: with room on the page no index changes.
ALTER TABLE ot_detection DROP COLUMN threat, DROP COLUMN solution, ALTER COLUMN digest SET NOT NULL, SET (fillfactor = 50);

-- As for findings: the checks locked the host, and the detection, for each row that was added. Who matches holds the hosts, and
-- what goes with them goes by these triggers.
ALTER TABLE ot_detection DROP CONSTRAINT ot_detection_subscription_id_asset_id_fkey;
ALTER TABLE ot_detection_event DROP CONSTRAINT ot_detection_event_subscription_id_detection_uuid_fkey;
CREATE FUNCTION forget_detections() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM ot_detection d USING gone g WHERE d.subscription_id = g.subscription_id AND d.asset_id = g.asset_id;
  RETURN NULL;
END $$;
CREATE TRIGGER forget_detections AFTER DELETE ON ot_host REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION forget_detections();
CREATE FUNCTION forget_detection_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM ot_detection_event e USING gone g WHERE e.subscription_id = g.subscription_id AND e.detection_uuid = g.uuid;
  RETURN NULL;
END $$;
CREATE TRIGGER forget_detection_events AFTER DELETE ON ot_detection REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION forget_detection_events();

-- Filters look at these as text: each value once, found by its index, instead of each host's.
CREATE INDEX ot_host_by_type ON ot_host (subscription_id, type);
CREATE INDEX ot_host_by_manufacturer ON ot_host (subscription_id, manufacturer);
CREATE INDEX ot_host_by_family ON ot_host (subscription_id, family);
CREATE INDEX ot_host_by_model ON ot_host (subscription_id, model);
CREATE INDEX ot_host_by_order_number ON ot_host (subscription_id, order_number);
CREATE INDEX ot_host_by_catalog_number ON ot_host (subscription_id, catalog_number);
CREATE INDEX ot_host_by_firmware_version ON ot_host (subscription_id, firmware_version);

-- What of an advisory verdicts and scores follow from: where that stays, its detections take the new words and no host is matched.
ALTER TABLE ot_advisory ADD COLUMN meaning uuid;
