-- Totals of lists that nothing narrows are kept instead of counted (docs/decisions/0023-lists.md).

-- How many rows a subscription has in a table, as the sum of its rows here. Who adds or removes rows puts one in the place of
-- those that no other transaction is at just now, as in list_change (0010): nobody waits, and the sum that a reader sees
-- is that of the rows it sees.
CREATE TABLE row_total (
  -- The table.
  counted text NOT NULL,
  -- No foreign key: each batch of an import would look at the subscription.
  subscription_id integer NOT NULL,
  rows bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE row_total REPLICA IDENTITY FULL;
-- For installations of thousands of subscriptions.
CREATE INDEX row_total_of ON row_total (subscription_id, counted);

-- Argument: what each of the changed rows counts for, 1 or -1.
CREATE FUNCTION note_row_total() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM row_total WHERE counted = TG_TABLE_NAME;
    RETURN NULL;
  END IF;
  WITH more AS (
    SELECT subscription_id, count(*) * TG_ARGV[0]::integer AS rows FROM changed_rows GROUP BY subscription_id
  ), former AS (
    DELETE FROM row_total WHERE ctid = ANY (ARRAY(SELECT t.ctid FROM row_total t
      WHERE t.counted = TG_TABLE_NAME AND t.subscription_id IN (SELECT subscription_id FROM more) FOR UPDATE SKIP LOCKED))
    RETURNING subscription_id, rows
  )
  INSERT INTO row_total SELECT TG_TABLE_NAME, subscription_id, sum(rows)
  FROM (SELECT * FROM more UNION ALL SELECT * FROM former) x GROUP BY subscription_id HAVING sum(rows) <> 0;
  RETURN NULL;
END $$;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['asset', 'finding', 'ot_detection', 'ot_host']
  LOOP
    -- Nobody adds or removes rows between the counting and the end of this migration.
    EXECUTE format('LOCK TABLE %I IN SHARE ROW EXCLUSIVE MODE', name);
    EXECUTE format('INSERT INTO row_total SELECT %L, subscription_id, count(*) FROM %I GROUP BY subscription_id', name, name);
    EXECUTE format('CREATE TRIGGER row_total_more AFTER INSERT ON %I REFERENCING NEW TABLE AS changed_rows
      FOR EACH STATEMENT EXECUTE FUNCTION note_row_total(''1'')', name);
    EXECUTE format('CREATE TRIGGER row_total_less AFTER DELETE ON %I REFERENCING OLD TABLE AS changed_rows
      FOR EACH STATEMENT EXECUTE FUNCTION note_row_total(''-1'')', name);
    EXECUTE format('CREATE TRIGGER row_total_none AFTER TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION note_row_total()', name);
  END LOOP;
END $$;
