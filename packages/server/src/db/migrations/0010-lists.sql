-- Lists at millions of findings (docs/decisions/0023-lists.md).

-- How many transactions have changed what lists show, as the sum of the rows. A transaction adds one with its commit: it
-- puts a row in the place of those that no other transaction is at just now, and waits for nobody. Whoever sees the same
-- sum twice saw the same rows. Each change leaves a dead row, which every look at a list passes by: they go at once.
CREATE TABLE list_change (changes bigint NOT NULL)
  WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_cost_delay = 0);
-- It has no key, and a publication of all tables must not refuse its changes.
ALTER TABLE list_change REPLICA IDENTITY FULL;

CREATE FUNCTION note_list_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Once in a transaction. What a rolled back savepoint noted is forgotten together with this mark.
  IF current_setting('breakwater.list_change', true) = pg_current_xact_id()::text THEN RETURN NULL; END IF;
  WITH former AS (
    DELETE FROM list_change WHERE ctid = ANY (ARRAY(SELECT ctid FROM list_change FOR UPDATE SKIP LOCKED)) RETURNING changes
  )
  INSERT INTO list_change SELECT coalesce(sum(changes), 0) + 1 FROM former;
  PERFORM set_config('breakwater.list_change', pg_current_xact_id()::text, true);
  RETURN NULL;
END $$;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['asset', 'asset_source', 'check_definition', 'connection', 'cve_knowledge', 'finding',
    'finding_source', 'knowledge_feed', 'ot_advisory', 'ot_detection', 'ot_host', 'ot_project_file',
    'ot_project_file_asset', 'risk_acceptance', 'tag']
  LOOP
    EXECUTE format('CREATE TRIGGER list_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION note_list_change()', name);
  END LOOP;
END $$;

-- Orders and filters of finding lists. What each costs an import stands in the decision. No column in them changes when a
-- finding goes from NEW to ACTIVE.
CREATE INDEX finding_by_qds ON finding (subscription_id, qds, id);
CREATE INDEX finding_by_severity ON finding (subscription_id, severity, id);
CREATE INDEX finding_by_first_found ON finding (subscription_id, first_found, id);
-- For filters: without the id equal keys share an entry, which halves the index.
CREATE INDEX finding_by_cve ON finding (subscription_id, cve_id);
CREATE INDEX finding_by_check ON finding (subscription_id, check_id);

CREATE INDEX asset_by_name ON asset (subscription_id, name, id);
CREATE INDEX asset_by_risk ON asset (subscription_id, risk, id);
CREATE INDEX asset_by_address ON asset USING gin (ip_addresses);
