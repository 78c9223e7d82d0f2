-- Rules by which a subscription raises and lowers detection scores: docs/decisions/0026-risk-rules.md.
CREATE TABLE risk_rule (
  subscription_id integer NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
  id integer GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  reason text NOT NULL,
  findings_qql text NOT NULL,
  asset_qql text NOT NULL,
  effect text NOT NULL CHECK (effect IN ('FACTOR', 'POINTS', 'INTERNET_FACING')),
  value double precision,
  priority integer NOT NULL,
  is_enabled boolean NOT NULL,
  end_at timestamptz,
  -- Whether scores are made with it: enabled, and nobody has noted that its time is over.
  is_in_force boolean NOT NULL,
  -- What `now` means in its queries; moved day by day for those that ask for it.
  as_of timestamptz NOT NULL,
  is_dated boolean NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (subscription_id, id),
  CHECK ((value IS NULL) = (effect = 'INTERNET_FACING'))
);
CREATE UNIQUE INDEX risk_rule_name ON risk_rule (subscription_id, lower(name));

ALTER TABLE connection
  -- Whose word stands where several sources tell of one thing: the lowest first.
  ADD COLUMN trust_rank smallint NOT NULL DEFAULT 50 CHECK (trust_rank BETWEEN 1 AND 100),
  -- Of assets that it was the first to report; null: 2.
  ADD COLUMN default_criticality smallint CHECK (default_criticality BETWEEN 1 AND 5);

-- What the asset counts as while none of its tags gives it a criticality.
ALTER TABLE asset ADD COLUMN default_criticality smallint NOT NULL DEFAULT 2;
-- Which connections said what stands, and when (epoch ms): {"operatingSystem": {"<connection>": at}}.
ALTER TABLE asset ADD COLUMN described_by jsonb NOT NULL DEFAULT '{}';
