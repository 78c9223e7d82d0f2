-- Edited lifecycle entries, release notes, webhooks (docs/decisions/0014-notifications.md).

-- When the dates as they stand were made known here: by an edit, or with a release. Date of the announcement in the feed.
ALTER TABLE api_lifecycle ADD COLUMN announced_at timestamptz NOT NULL DEFAULT now();

-- Release notes of the operator; those of the releases are shipped as data.
CREATE TABLE release_note (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  title text NOT NULL,
  text text NOT NULL,
  link text,
  published_at timestamptz NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX release_note_by_time ON release_note (published_at DESC, id);

-- When what the feed is made from changed last: one row, or none yet. Kept by triggers, so that a removal is a change too.
CREATE TABLE feed_state (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION note_feed_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO feed_state (changed_at) VALUES (clock_timestamp())
  ON CONFLICT (is_only) DO UPDATE SET changed_at = excluded.changed_at;
  RETURN NULL;
END $$;
CREATE TRIGGER api_lifecycle_change AFTER INSERT OR UPDATE OR DELETE ON api_lifecycle
  FOR EACH ROW EXECUTE FUNCTION note_feed_change();
CREATE TRIGGER release_note_change AFTER INSERT OR UPDATE OR DELETE ON release_note
  FOR EACH ROW EXECUTE FUNCTION note_feed_change();

-- What webhooks have been told of already that comes by itself: transitions by the passing of time, shipped notes.
-- One row per telling, whichever node comes first.
CREATE TABLE told_notice (
  key text PRIMARY KEY,
  told_at timestamptz NOT NULL DEFAULT now()
);
-- A release that brings notes of its own changes the feed as well.
CREATE TRIGGER told_notice_change AFTER INSERT ON told_notice
  FOR EACH ROW EXECUTE FUNCTION note_feed_change();

CREATE TABLE webhook (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  url text NOT NULL,
  description text NOT NULL DEFAULT '',
  -- Empty: every event.
  events text[] NOT NULL DEFAULT '{}',
  is_enabled boolean NOT NULL DEFAULT true,
  disabled_reason text,
  -- Signing needs it, so it is kept as it is; no answer, log or audit entry shows it after its making.
  secret text NOT NULL,
  -- Signs beside the present one until then.
  former_secret text,
  former_secret_until timestamptz,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (subscription_id, id)
);

-- The outbox: written in the transaction of what it tells of.
CREATE TABLE webhook_delivery (
  subscription_id integer NOT NULL,
  webhook_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  type text NOT NULL,
  -- Signed and sent as it stands.
  body text NOT NULL,
  status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'DELIVERED', 'FAILED')),
  attempts integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  next_attempt_at timestamptz NOT NULL,
  last_attempt_at timestamptz,
  last_status integer,
  last_error text,
  PRIMARY KEY (subscription_id, webhook_id, id),
  FOREIGN KEY (subscription_id, webhook_id) REFERENCES webhook ON DELETE CASCADE
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (next_attempt_at) WHERE status = 'PENDING';
CREATE INDEX webhook_delivery_by_time ON webhook_delivery (subscription_id, webhook_id, created_at DESC, id);
