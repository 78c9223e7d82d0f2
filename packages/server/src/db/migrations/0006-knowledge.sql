-- What the world knows of vulnerabilities, scores made from it, and risks that are accepted (docs/decisions/0018).

-- Public and the same for every subscription; the operator loads it. A row is there once any feed has told of the CVE.
CREATE TABLE cve_knowledge (
  cve_id text PRIMARY KEY,
  -- CISA KEV; null: not listed.
  kev_added_on date,
  kev_due_on date,
  -- The catalogue knows of ransomware that uses it; null: it does not know.
  is_ransomware boolean,
  epss double precision CHECK (epss BETWEEN 0 AND 1),
  epss_percentile double precision,
  -- The feed's own date: after a whole file, rows of another date are out of it.
  epss_on date,
  ssvc_exploitation text CHECK (ssvc_exploitation IN ('none', 'poc', 'active')),
  is_automatable boolean,
  technical_impact text CHECK (technical_impact IN ('partial', 'total')),
  -- Of the CVE record: [{version, vector, score}], and the score of the best version.
  cvss jsonb NOT NULL DEFAULT '[]',
  cvss_base double precision,
  published_at timestamptz,
  -- When the record was changed last: an older copy does not turn it back.
  record_updated_at timestamptz
  -- Every row is written each day, by the EPSS scores: with room for that on its page no index changes.
) WITH (fillfactor = 45);

-- What was loaded last of each kind; no row: never loaded, which differs from "not listed".
CREATE TABLE knowledge_feed (
  kind text PRIMARY KEY CHECK (kind IN ('kev', 'epss', 'cve', 'ssvc')),
  source text NOT NULL,
  -- The feed's own version and date, where it has them.
  version text,
  published_at timestamptz,
  loaded_at timestamptz NOT NULL,
  -- Entries in the file, and how many of them told something new.
  records integer NOT NULL,
  changed integer NOT NULL,
  -- False: the file broke off; what it told until then counts.
  is_complete boolean NOT NULL
);

-- Raised by whatever changes what detection scores are made from: running imports then read their checks' scores again.
CREATE TABLE score_basis (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  version bigint NOT NULL
);

-- Subscriptions whose stored scores are to be gone through, and how far that is.
CREATE TABLE score_walk (
  subscription_id integer PRIMARY KEY REFERENCES subscription ON DELETE CASCADE,
  -- Assets up to this id are done.
  done_up_to bigint NOT NULL DEFAULT 0,
  -- The weights are others: every asset is totalled, not only those with a finding of another score.
  is_of_weights boolean NOT NULL
);

-- Weights of the bands and lowest asset scores of the classes; no row: the defaults.
CREATE TABLE score_setting (
  subscription_id integer PRIMARY KEY REFERENCES subscription ON DELETE CASCADE,
  weight_critical double precision NOT NULL,
  weight_high double precision NOT NULL,
  weight_medium double precision NOT NULL,
  weight_low double precision NOT NULL,
  floor_critical smallint NOT NULL,
  floor_high smallint NOT NULL,
  floor_medium smallint NOT NULL
);

-- Scores depend on more than the check now, and are made where they are stored.
ALTER TABLE check_definition DROP COLUMN qds;
ALTER TABLE check_definition ALTER COLUMN cvss_base TYPE double precision USING cvss_base::text::double precision;

-- In force: the finding does not count. Kept in step with risk_acceptance under the lock of the asset.
ALTER TABLE finding ADD COLUMN is_accepted boolean NOT NULL DEFAULT false;

CREATE TABLE risk_acceptance (
  subscription_id integer NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  finding_id bigint NOT NULL,
  reason text NOT NULL,
  reason_type text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  -- Null: until revoked.
  end_at timestamptz,
  -- Revoked, replaced or expired.
  closed_at timestamptz,
  closed_by text,
  PRIMARY KEY (subscription_id, id),
  FOREIGN KEY (subscription_id, finding_id) REFERENCES finding ON DELETE CASCADE
);
CREATE INDEX risk_acceptance_by_finding ON risk_acceptance (subscription_id, finding_id, id);
CREATE UNIQUE INDEX risk_acceptance_open ON risk_acceptance (subscription_id, finding_id) WHERE closed_at IS NULL;
CREATE INDEX risk_acceptance_ending ON risk_acceptance (end_at) WHERE closed_at IS NULL;
