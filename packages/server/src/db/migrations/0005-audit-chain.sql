-- The audit log as a chain of hashes: docs/decisions/0016-audit-chain.md.

ALTER TABLE audit_event
  -- From 1 without gaps in each log: one per subscription, and one of what belongs to none.
  ADD COLUMN sequence bigint,
  ADD COLUMN previous_hash bytea,
  ADD COLUMN hash bytea;

-- The head of each log. A log that was cut off at its end ends before its head.
CREATE TABLE audit_chain (
  -- The subscription, or 0. No foreign key: the log outlives its subscription.
  chain integer PRIMARY KEY,
  events bigint NOT NULL,
  head bytea NOT NULL
) WITH (fillfactor = 10);

-- What the hash of an event is computed from: JSON by RFC 8785, members in the order of their names. modules/audit/chain.ts
-- computes the same on its own. `to_json` of a text is written as JSON.stringify writes it.
CREATE FUNCTION audit_event_text(e audit_event) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT '{"action":' || to_json(e.action) || ',"actor":' || to_json(e.actor)
    || ',"address":' || coalesce(to_json(e.address)::text, 'null')
    || ',"at":"' || to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '","detail":{' || coalesce((SELECT string_agg(to_json(key) || ':' || value, ',' ORDER BY key COLLATE "C")
                                   FROM jsonb_each(e.detail)), '')
    || '},"id":' || e.sequence || ',"previousHash":"' || encode(e.previous_hash, 'hex')
    || '","result":' || to_json(e.result) || ',"subscriptionId":' || coalesce(e.subscription_id::text, 'null')
    || ',"target":' || coalesce(to_json(e.target)::text, 'null') || '}'
$$;

-- Every insertion is chained, whoever makes it. Insertions into one log wait for each other until they are committed.
CREATE FUNCTION audit_event_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last audit_chain;
BEGIN
  INSERT INTO audit_chain VALUES (coalesce(NEW.subscription_id, 0), 0, decode(repeat('00', 32), 'hex'))
    ON CONFLICT (chain) DO NOTHING;
  SELECT * INTO STRICT last FROM audit_chain WHERE chain = coalesce(NEW.subscription_id, 0) FOR UPDATE;
  NEW.sequence := last.events + 1;
  NEW.previous_hash := last.head;
  NEW.hash := sha256(convert_to(audit_event_text(NEW), 'UTF8'));
  UPDATE audit_chain SET events = NEW.sequence, head = NEW.hash WHERE chain = last.chain;
  RETURN NEW;
END $$;

-- The events so far.
DROP TRIGGER audit_event_append_only ON audit_event;
DO $$
DECLARE
  event audit_event;
  last audit_chain;
BEGIN
  FOR event IN SELECT * FROM audit_event ORDER BY subscription_id NULLS LAST, id LOOP
    IF last.chain IS DISTINCT FROM coalesce(event.subscription_id, 0) THEN
      last := ROW (coalesce(event.subscription_id, 0), 0, decode(repeat('00', 32), 'hex'));
    END IF;
    event.sequence := last.events + 1;
    event.previous_hash := last.head;
    last.events := event.sequence;
    last.head := sha256(convert_to(audit_event_text(event), 'UTF8'));
    UPDATE audit_event SET sequence = event.sequence, previous_hash = event.previous_hash, hash = last.head
      WHERE id = event.id;
    INSERT INTO audit_chain VALUES (last.chain, last.events, last.head)
      ON CONFLICT (chain) DO UPDATE SET events = excluded.events, head = excluded.head;
  END LOOP;
END $$;

ALTER TABLE audit_event
  ALTER COLUMN sequence SET NOT NULL,
  ALTER COLUMN previous_hash SET NOT NULL,
  ALTER COLUMN hash SET NOT NULL;
DROP INDEX audit_event_by_time;
CREATE UNIQUE INDEX audit_event_sequence ON audit_event (subscription_id, sequence) NULLS NOT DISTINCT;
CREATE INDEX audit_event_by_actor ON audit_event (subscription_id, lower(actor), sequence);

CREATE FUNCTION audit_chain_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_chain only goes forward';
END $$;

CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
  FOR EACH STATEMENT EXECUTE FUNCTION audit_event_is_append_only();
CREATE TRIGGER audit_event_chain BEFORE INSERT ON audit_event
  FOR EACH ROW EXECUTE FUNCTION audit_event_chain();
CREATE TRIGGER audit_chain_stays BEFORE DELETE OR TRUNCATE ON audit_chain
  FOR EACH STATEMENT EXECUTE FUNCTION audit_chain_goes_forward();
CREATE TRIGGER audit_chain_goes_forward BEFORE UPDATE ON audit_chain
  FOR EACH ROW WHEN (NEW.chain <> OLD.chain OR NEW.events <> OLD.events + 1)
  EXECUTE FUNCTION audit_chain_goes_forward();

-- ALWAYS: session_replication_role = replica passes over the others.
ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_append_only;
ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_chain;
ALTER TABLE audit_chain ENABLE ALWAYS TRIGGER audit_chain_stays;
ALTER TABLE audit_chain ENABLE ALWAYS TRIGGER audit_chain_goes_forward;
