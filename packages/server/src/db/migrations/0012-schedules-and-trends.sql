-- Schedules of reports, folders that connections watch, business entities and what days looked like (etm.md 1, 2, 5).

ALTER TABLE asset
  -- Open findings that count towards the score, by the band of their detection score.
  ADD COLUMN critical_count integer NOT NULL DEFAULT 0,
  ADD COLUMN high_count integer NOT NULL DEFAULT 0,
  ADD COLUMN medium_count integer NOT NULL DEFAULT 0,
  ADD COLUMN low_count integer NOT NULL DEFAULT 0;
UPDATE asset a SET critical_count = t.critical, high_count = t.high, medium_count = t.medium, low_count = t.low
FROM (
  SELECT subscription_id, asset_id, count(*) FILTER (WHERE qds >= 90) AS critical,
    count(*) FILTER (WHERE qds >= 70 AND qds < 90) AS high, count(*) FILTER (WHERE qds >= 40 AND qds < 70) AS medium,
    count(*) FILTER (WHERE qds < 40) AS low
  FROM finding WHERE status <> 'FIXED' AND NOT is_accepted GROUP BY subscription_id, asset_id
) t
WHERE a.subscription_id = t.subscription_id AND a.id = t.asset_id;

-- Classes of assets and entities follow from these settings, and lists show them (0010).
CREATE TRIGGER list_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON score_setting
  FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TABLE report_schedule (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL,
  description text NOT NULL DEFAULT '',
  format text NOT NULL,
  asset_qql text NOT NULL DEFAULT '',
  findings_qql text NOT NULL DEFAULT '',
  -- Rhythm of domain/src/schedule.
  rhythm jsonb NOT NULL,
  -- On whose behalf it runs. No foreign keys: that an account has ended is told, and its schedules stay to be looked at.
  user_id integer,
  client_id uuid,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  -- Null: disabled.
  next_run_at timestamptz,
  last_run_at timestamptz,
  last_report_id uuid,
  -- Why the last run made no report.
  last_fault text,
  PRIMARY KEY (subscription_id, id),
  CHECK ((user_id IS NULL) <> (client_id IS NULL))
);
CREATE INDEX report_schedule_due ON report_schedule (next_run_at) WHERE next_run_at IS NOT NULL;

CREATE TABLE connection_folder (
  subscription_id integer NOT NULL,
  connection_id integer NOT NULL,
  -- Relative to the subscription's directory.
  folder text NOT NULL,
  rhythm jsonb NOT NULL,
  next_poll_at timestamptz NOT NULL,
  last_poll_at timestamptz,
  -- Files of the last look: imported by it, and left for a later one.
  imported_count integer NOT NULL DEFAULT 0,
  waiting_count integer NOT NULL DEFAULT 0,
  last_fault text,
  PRIMARY KEY (subscription_id, connection_id),
  FOREIGN KEY (subscription_id, connection_id) REFERENCES connection ON DELETE CASCADE
);
CREATE INDEX connection_folder_due ON connection_folder (next_poll_at);

CREATE TABLE connection_file (
  subscription_id integer NOT NULL,
  connection_id integer NOT NULL,
  name text NOT NULL,
  -- Size and time of the last change, as the file system tells them.
  stamp text NOT NULL,
  -- Since when it has this stamp, by our clock.
  seen_at timestamptz NOT NULL,
  is_done boolean NOT NULL DEFAULT false,
  PRIMARY KEY (subscription_id, connection_id, name),
  FOREIGN KEY (subscription_id, connection_id) REFERENCES connection_folder ON DELETE CASCADE
);

-- Whether a content has been imported by a connection already. Null: before it is read, of what has no connection, and of
-- imports before this version.
ALTER TABLE import_job ADD COLUMN connection_id integer;
CREATE INDEX import_job_by_content ON import_job (subscription_id, file_sha256);

-- The days that were looked at; what is not here is not known.
CREATE TABLE trend_day (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  day date NOT NULL,
  taken_at timestamptz NOT NULL,
  PRIMARY KEY (subscription_id, day)
);

CREATE TABLE trend_count (
  subscription_id integer NOT NULL,
  day date NOT NULL,
  -- 0: the whole subscription.
  tag_id integer NOT NULL,
  assets integer NOT NULL,
  risk_sum bigint NOT NULL,
  -- By status.
  new_count integer NOT NULL,
  active_count integer NOT NULL,
  reopened_count integer NOT NULL,
  fixed_count integer NOT NULL,
  protected_count integer NOT NULL,
  retest_count integer NOT NULL,
  -- Open ones by severity, 1 to 5.
  severity_counts integer[] NOT NULL,
  -- Open ones that count towards scores, by band; and those whose risk is accepted.
  critical_count integer NOT NULL,
  high_count integer NOT NULL,
  medium_count integer NOT NULL,
  low_count integer NOT NULL,
  accepted_count integer NOT NULL,
  -- Since the day before that was looked at; null on the first.
  found_since integer,
  fixed_since integer,
  -- Fixed in the last 30 days, and the sum of the times from first found to fixed.
  remediated_count integer NOT NULL,
  remediated_sec bigint NOT NULL,
  PRIMARY KEY (subscription_id, tag_id, day),
  FOREIGN KEY (subscription_id, day) REFERENCES trend_day ON DELETE CASCADE
);
CREATE INDEX trend_count_by_day ON trend_count (subscription_id, day);
