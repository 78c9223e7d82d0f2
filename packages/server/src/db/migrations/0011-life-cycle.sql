-- Findings that are mitigated, said to be fixed, or to be tested again; names of one weakness; merges that can be undone
-- (docs/decisions/0024-identity-and-life-cycle.md).

ALTER TABLE finding_source
  -- There, but the source says that something stands before it.
  ADD COLUMN is_mitigated boolean NOT NULL DEFAULT false,
  -- Keyed by check_definition.issue: moves when the name of the weakness becomes another.
  ADD COLUMN is_aliased boolean NOT NULL DEFAULT false,
  -- The source's own word that it is gone, after its last sight. Equal to last_seen: it never showed it.
  ADD COLUMN gone_at timestamptz;
CREATE INDEX finding_source_aliased ON finding_source (subscription_id, check_id) WHERE is_aliased;

-- When somebody asked for a new test; set while the status is RETEST.
ALTER TABLE finding ADD COLUMN retest_at timestamptz;

-- Other names of a CVE, or of one another where no CVE is known (domain/src/identity/aliases.ts); kept for good.
CREATE TABLE issue_alias (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  alias text NOT NULL,
  -- A CVE, or another alias; then the row the other way round is there too.
  name text NOT NULL,
  -- Product and check that said so first.
  told_by text NOT NULL,
  PRIMARY KEY (subscription_id, alias, name)
);

ALTER TABLE check_definition
  -- All names that any report gave the check while it told of no CVE.
  ADD COLUMN aliases text[] NOT NULL DEFAULT '{}',
  -- What its findings without a CVE of its own are keyed by: the canonical one of its names.
  ADD COLUMN issue text;
CREATE INDEX check_definition_aliases ON check_definition USING gin (aliases) WHERE issue IS NOT NULL;

-- What the source told of the asset last to be known by: [{kind, value, network}].
ALTER TABLE asset_source ADD COLUMN identifiers jsonb NOT NULL DEFAULT '[]';
ALTER TABLE import_asset ADD COLUMN identifiers jsonb NOT NULL DEFAULT '[]';

-- Assets that somebody took apart (domain/src/identity/apart.ts).
CREATE TABLE asset_apart (
  subscription_id integer NOT NULL,
  asset_id bigint NOT NULL,
  apart_id bigint NOT NULL,
  -- Connections that speak of the part, and those that spoke of what remained.
  taken_ids integer[] NOT NULL,
  kept_ids integer[] NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (subscription_id, asset_id, apart_id),
  FOREIGN KEY (subscription_id, asset_id) REFERENCES asset ON DELETE CASCADE,
  FOREIGN KEY (subscription_id, apart_id) REFERENCES asset ON DELETE CASCADE
);
CREATE INDEX asset_apart_by_part ON asset_apart (subscription_id, apart_id);
