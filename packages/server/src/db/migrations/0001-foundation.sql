-- Rules of this schema (docs/decisions/0002-storage.md): subscription_id leads every key; hot rows stay narrow, prose
-- lives in cold tables; every index must earn its place, because index upkeep is what imports pay for.

-- Tenancy, people and permissions ------------------------------------------------------------------------------------

CREATE TABLE subscription (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  -- Service level of the contract; `Custom` reads the three columns beside it.
  service_level text NOT NULL DEFAULT 'Standard'
    CHECK (service_level IN ('Express', 'Standard', 'Enterprise', 'Premium', 'Custom')),
  rate_limit integer CHECK (rate_limit > 0),
  rate_window_sec integer CHECK (rate_window_sec > 0),
  concurrency_limit integer CHECK (concurrency_limit > 0),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Limits of one API (route template with method and version), overriding the subscription's service level.
CREATE TABLE api_limit (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  api text NOT NULL,
  rate_limit integer CHECK (rate_limit > 0),
  rate_window_sec integer CHECK (rate_window_sec > 0),
  concurrency_limit integer CHECK (concurrency_limit > 0),
  PRIMARY KEY (subscription_id, api)
);

CREATE TABLE role (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id integer GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  description text NOT NULL DEFAULT '',
  -- Shipped roles come from the contract and are rewritten at each start; custom roles belong to the subscription.
  is_shipped boolean NOT NULL DEFAULT false,
  has_api_access boolean NOT NULL,
  has_ui_access boolean NOT NULL,
  permissions text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (subscription_id, id)
);
CREATE UNIQUE INDEX role_name ON role (subscription_id, lower(name));

CREATE TABLE tag (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id integer GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  parent_id integer,
  criticality smallint CHECK (criticality BETWEEN 1 AND 5),
  -- QQL over assets; null for a static tag.
  rule text,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (subscription_id, id),
  FOREIGN KEY (subscription_id, parent_id) REFERENCES tag (subscription_id, id)
);
CREATE UNIQUE INDEX tag_name ON tag (subscription_id, lower(name));

CREATE TABLE app_user (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id integer GENERATED ALWAYS AS IDENTITY,
  username text NOT NULL,
  email text,
  full_name text NOT NULL DEFAULT '',
  password_hash text NOT NULL,
  status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'INACTIVE', 'LOCKED')),
  role_id integer NOT NULL,
  -- True: every asset of the subscription. False: those carrying any of scope_tag_ids.
  has_full_scope boolean NOT NULL DEFAULT false,
  scope_tag_ids integer[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  last_login_at timestamptz,
  PRIMARY KEY (subscription_id, id),
  FOREIGN KEY (subscription_id, role_id) REFERENCES role (subscription_id, id)
);
-- One user name, one person, whatever the subscription: POST /auth names no subscription.
CREATE UNIQUE INDEX app_user_username ON app_user (lower(username));

CREATE TABLE signing_key (
  id text PRIMARY KEY,
  algorithm text NOT NULL CHECK (algorithm IN ('HS512', 'RS512')),
  -- HS512: the secret. RS512: PKCS#8.
  private_key bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Signs until then, verifies until the last token it signed has expired.
  retired_at timestamptz
);

-- Lifecycle of an operation's version; rows are shipped data until an administrator edits them.
CREATE TABLE api_lifecycle (
  api text PRIMARY KEY,
  deprecated_at timestamptz,
  eos_at timestamptz,
  eol_at timestamptz,
  successor text,
  is_edited boolean NOT NULL DEFAULT false
);

CREATE TABLE audit_event (
  subscription_id integer,
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text NOT NULL,
  action text NOT NULL,
  target text,
  address text,
  result text NOT NULL CHECK (result IN ('success', 'failure')),
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_event_by_time ON audit_event (subscription_id, id DESC);

CREATE FUNCTION audit_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_event is append-only';
END $$;
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
  FOR EACH STATEMENT EXECUTE FUNCTION audit_event_is_append_only();

-- Assets ------------------------------------------------------------------------------------------------------------

CREATE TABLE asset (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id bigint GENERATED ALWAYS AS IDENTITY,
  uuid uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL,
  operating_system text,
  ip_addresses inet[] NOT NULL DEFAULT '{}',
  -- Lower case, colon separated.
  mac_addresses text[] NOT NULL DEFAULT '{}',
  host_names text[] NOT NULL DEFAULT '{}',
  -- Names of the sources that know the asset: `Nessus`, `Passive Sensor`.
  sources text[] NOT NULL DEFAULT '{}',
  tag_ids integer[] NOT NULL DEFAULT '{}',
  -- Highest criticality among its tags; 2 without any.
  criticality smallint NOT NULL DEFAULT 2,
  is_internet_facing boolean NOT NULL DEFAULT false,
  is_ot boolean NOT NULL DEFAULT false,
  -- Stored score and counts of open findings, kept current by whatever changes them.
  risk smallint NOT NULL DEFAULT 0,
  finding_count integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (subscription_id, id)
) WITH (fillfactor = 85);
CREATE INDEX asset_by_tag ON asset USING gin (tag_ids);
-- Orders of the OT host list, each also backwards and for deep pages from the index alone.
CREATE INDEX asset_ot_by_name ON asset (subscription_id, name, id) WHERE is_ot;
CREATE INDEX asset_ot_by_risk ON asset (subscription_id, risk, id) WHERE is_ot;
CREATE INDEX asset_ot_by_update ON asset (subscription_id, updated_at, id) WHERE is_ot;

-- What tells one asset from another, strongest first (identity rules: domain/src/identity).
CREATE TABLE asset_identifier (
  subscription_id integer NOT NULL,
  -- Addresses and names are unique within a network only; hardware identifiers have the empty network.
  network text NOT NULL,
  kind text NOT NULL
    CHECK (kind IN ('agent-id', 'cloud-instance-id', 'bios-uuid', 'serial-number', 'mac', 'fqdn', 'ip', 'source-name')),
  value text NOT NULL,
  asset_id bigint NOT NULL,
  -- When the asset was seen with it first; an older report does not take it back.
  claimed_at timestamptz NOT NULL,
  PRIMARY KEY (subscription_id, kind, value, network),
  FOREIGN KEY (subscription_id, asset_id) REFERENCES asset ON DELETE CASCADE
);
CREATE INDEX asset_identifier_by_asset ON asset_identifier (subscription_id, asset_id);

-- Sources and imports -----------------------------------------------------------------------------------------------

CREATE TABLE connection (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id integer GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  -- Product name of the first file imported through it.
  product text NOT NULL,
  network text NOT NULL DEFAULT 'default',
  -- False: a run tells only what it saw, its silence closes nothing.
  is_complete boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (subscription_id, id)
);
CREATE UNIQUE INDEX connection_name ON connection (subscription_id, lower(name));

CREATE TABLE import_job (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  status text NOT NULL CHECK (status IN ('REQUESTED', 'IN_PROGRESS', 'COMPLETED', 'FAILED')),
  file_name text,
  file_bytes bigint NOT NULL,
  file_sha256 text NOT NULL,
  connection_name text,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  completed_at timestamptz,
  format text,
  bytes_read bigint NOT NULL DEFAULT 0,
  -- Where a resumed job goes on: written in the transaction of the batch it describes.
  checkpoint jsonb NOT NULL DEFAULT '{}',
  -- Counters of the result: recordsRead, findingsNew, …
  counts jsonb NOT NULL DEFAULT '{}',
  message text,
  -- Raised by every start; a commit of a former attempt is refused.
  attempt integer NOT NULL DEFAULT 0,
  -- Attempts since the last commit: a file that ends the process each time must not do so for ever.
  idle_attempts integer NOT NULL DEFAULT 0,
  PRIMARY KEY (subscription_id, id)
);
CREATE INDEX import_job_by_time ON import_job (subscription_id, created_at DESC, id);
CREATE INDEX import_job_unfinished ON import_job (created_at) WHERE status IN ('REQUESTED', 'IN_PROGRESS');

CREATE TABLE import_issue (
  subscription_id integer NOT NULL,
  job_id uuid NOT NULL,
  ordinal integer NOT NULL,
  level text NOT NULL CHECK (level IN ('refused', 'warning')),
  code text NOT NULL,
  location text NOT NULL,
  message text NOT NULL,
  PRIMARY KEY (subscription_id, job_id, ordinal),
  FOREIGN KEY (subscription_id, job_id) REFERENCES import_job ON DELETE CASCADE
);

-- Findings ----------------------------------------------------------------------------------------------------------

-- The dictionary: what a source's check looks for, told once.
CREATE TABLE check_definition (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id bigint GENERATED ALWAYS AS IDENTITY,
  product text NOT NULL,
  vendor_id text NOT NULL,
  -- Digest of everything below: an unchanged check is not written again.
  digest bytea NOT NULL,
  -- Time of the report that told it; an older one does not change it.
  described_at timestamptz NOT NULL,
  -- Detection score of its findings (domain/src/risk).
  qds smallint NOT NULL,
  title text NOT NULL,
  description text NOT NULL,
  solution text NOT NULL,
  severity smallint NOT NULL,
  source_severity text NOT NULL,
  family text,
  cve_ids text[] NOT NULL DEFAULT '{}',
  cwe_ids text[] NOT NULL DEFAULT '{}',
  -- [{version, vector, score}]
  cvss jsonb NOT NULL DEFAULT '[]',
  cvss_base real,
  reference_urls text[] NOT NULL DEFAULT '{}',
  published_at timestamptz,
  patch_published_at timestamptz,
  is_exploit_available boolean,
  is_patch_available boolean,
  PRIMARY KEY (subscription_id, id)
);
CREATE UNIQUE INDEX check_definition_key ON check_definition (subscription_id, product, vendor_id);

-- One instance: asset + issue (CVE, or product and check) + location. The fingerprint is the hash of issue and location.
-- Columns of fixed width come first, widest first: no padding between them.
CREATE TABLE finding (
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- No foreign key: checking it took a third of an insert. Findings are written under the lock of their asset's row, and
  -- whatever deletes an asset either finds, under that lock too, that it has none, or deletes them first.
  asset_id bigint NOT NULL,
  fingerprint uuid NOT NULL,
  -- The check whose text is shown: of the sources present, the one of highest severity.
  check_id bigint NOT NULL,
  first_found timestamptz NOT NULL,
  -- Of an open finding the later of this and its sources' asset_source.seen_at: an unchanged re-import touches only those.
  last_found timestamptz NOT NULL,
  subscription_id integer NOT NULL,
  severity smallint NOT NULL,
  qds smallint NOT NULL,
  port integer,
  last_fixed timestamptz,
  reopened_at timestamptz,
  status text NOT NULL CHECK (status IN ('NEW', 'ACTIVE', 'REOPENED', 'FIXED', 'PROTECTED', 'RETEST')),
  category text NOT NULL,
  cve_id text,
  protocol text,
  instance text,
  PRIMARY KEY (subscription_id, id)
  -- Every finding is rewritten soon after it was added: by the next run, which makes it ACTIVE. With room for that on its
  -- page no index changes, which takes a third of the time and leaves the table no larger than dead rows would.
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX finding_identity ON finding (subscription_id, asset_id, fingerprint);

-- Attribution: each source's own word on a finding. A finding closes when none of its sources reports it any more.
CREATE TABLE finding_source (
  asset_id bigint NOT NULL,
  -- No foreign key, as above: written and deleted with its finding, in the same transaction.
  fingerprint uuid NOT NULL,
  check_id bigint NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  subscription_id integer NOT NULL,
  connection_id integer NOT NULL,
  severity smallint NOT NULL,
  is_present boolean NOT NULL,
  evidence text NOT NULL DEFAULT '',
  PRIMARY KEY (subscription_id, asset_id, fingerprint, connection_id, check_id)
) WITH (fillfactor = 90);

-- When a connection last looked at an asset, and the digest of all it saw there: same digest, nothing else to write.
CREATE TABLE asset_source (
  subscription_id integer NOT NULL,
  asset_id bigint NOT NULL,
  connection_id integer NOT NULL,
  -- Everything this source still reports of the asset was seen then, or at its own last_seen if that is later; the epoch
  -- when only the findings' own times count.
  seen_at timestamptz NOT NULL,
  -- Last complete run: what it did not see was not there.
  complete_at timestamptz,
  first_seen_at timestamptz NOT NULL,
  -- Empty: unknown, the next run looks at every finding.
  digest bytea NOT NULL,
  -- Some of its findings may be NEW or REOPENED, and the next run has to make them ACTIVE.
  has_fresh boolean NOT NULL,
  -- Why the source's description was taken for this asset: `mac 00:1b:1b:12:34:56`; null: the asset was made from it.
  matched_by text,
  PRIMARY KEY (subscription_id, asset_id, connection_id),
  FOREIGN KEY (subscription_id, asset_id) REFERENCES asset ON DELETE CASCADE,
  FOREIGN KEY (subscription_id, connection_id) REFERENCES connection ON DELETE CASCADE
) WITH (fillfactor = 70);

-- What a running import saw of an asset; turned into asset_source when the run has ended and is known to be complete.
CREATE TABLE import_asset (
  subscription_id integer NOT NULL,
  job_id uuid NOT NULL,
  asset_id bigint NOT NULL,
  seen_from timestamptz NOT NULL,
  seen_to timestamptz NOT NULL,
  digest bytea NOT NULL,
  has_fresh boolean NOT NULL,
  matched_by text,
  PRIMARY KEY (subscription_id, job_id, asset_id),
  FOREIGN KEY (subscription_id, job_id) REFERENCES import_job ON DELETE CASCADE
);

-- Findings that the source had on an asset of a running import and that the run has not shown so far.
CREATE TABLE import_missing (
  subscription_id integer NOT NULL,
  job_id uuid NOT NULL,
  asset_id bigint NOT NULL,
  fingerprint uuid NOT NULL,
  check_id bigint NOT NULL,
  PRIMARY KEY (subscription_id, job_id, asset_id, fingerprint, check_id),
  FOREIGN KEY (subscription_id, job_id) REFERENCES import_job ON DELETE CASCADE
);

-- OT ----------------------------------------------------------------------------------------------------------------

CREATE TABLE ot_host (
  subscription_id integer NOT NULL,
  asset_id bigint NOT NULL,
  manufacturer text,
  type text,
  category text,
  family text,
  model text,
  order_number text,
  catalog_number text,
  serial_number text,
  firmware_version text,
  hardware_revision text,
  device_name text,
  -- Inferred from type and traffic, never a source's own word; the basis says from what.
  role text,
  purdue_level smallint,
  purdue_basis text,
  -- [{source, created, lastUpdated}] as the API shows them, times in ISO 8601.
  inventory jsonb NOT NULL DEFAULT '[]',
  -- [{address, macAddress, protocol, transport: {protocol}, port}]
  interfaces jsonb NOT NULL DEFAULT '[]',
  -- [{rack, slot, …hardware}]
  modules jsonb NOT NULL DEFAULT '[]',
  -- Imports that made the host and last changed it: a resumed import counts each host once.
  created_in uuid NOT NULL,
  updated_in uuid,
  PRIMARY KEY (subscription_id, asset_id),
  FOREIGN KEY (subscription_id, asset_id) REFERENCES asset ON DELETE CASCADE
);

-- Every statement about a host with where it was read; the row in ot_host is what the resolver makes of them.
CREATE TABLE ot_evidence (
  subscription_id integer NOT NULL,
  asset_id bigint NOT NULL,
  -- Member of the hardware identity, an address or what is served there (Statement in domain/src/ot).
  field text NOT NULL,
  value text NOT NULL,
  protocol text NOT NULL,
  -- The inventory source: `Passive Sensor`, `ICS_OCA`.
  source text NOT NULL,
  confidence smallint NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  -- Where it was read last: the import and the frame in it.
  job_id uuid NOT NULL,
  frame bigint,
  PRIMARY KEY (subscription_id, asset_id, field, value, protocol, source),
  FOREIGN KEY (subscription_id, asset_id) REFERENCES asset ON DELETE CASCADE
);

CREATE TABLE ot_conversation (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  -- Addresses are unique within a network only.
  network text NOT NULL,
  -- IP address, or the MAC of who has none.
  client text NOT NULL,
  server text NOT NULL,
  transport text NOT NULL,
  -- 0 where the transport has none.
  port integer NOT NULL,
  protocol text,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  PRIMARY KEY (subscription_id, network, client, server, transport, port)
);

-- Reports -----------------------------------------------------------------------------------------------------------

CREATE TABLE report (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL,
  description text NOT NULL DEFAULT '',
  format text NOT NULL CHECK (format IN ('JSON', 'CSV', 'JSONL', 'PARQUET')),
  asset_qql text NOT NULL DEFAULT '',
  findings_qql text NOT NULL DEFAULT '',
  status text NOT NULL CHECK (status IN ('REQUESTED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED')),
  created_by text NOT NULL,
  -- The creator's scope when it was made; a caller reads the report only with a scope at least as wide.
  has_full_scope boolean NOT NULL,
  scope_tag_ids integer[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  completed_at timestamptz,
  expires_at timestamptz,
  expected_count bigint,
  record_count bigint NOT NULL DEFAULT 0,
  -- More than one part: made in the lane of large reports, so that small ones need not wait.
  is_large boolean NOT NULL DEFAULT false,
  -- Files may be on disk: set before the first is written, reset after the last is removed.
  has_files boolean NOT NULL DEFAULT false,
  message text,
  PRIMARY KEY (subscription_id, id)
);
CREATE INDEX report_by_time ON report (subscription_id, created_at DESC, id);
CREATE INDEX report_unfinished ON report (created_at) WHERE status IN ('REQUESTED', 'IN_PROGRESS');
CREATE INDEX report_with_files ON report (expires_at) WHERE has_files;

CREATE TABLE report_part (
  subscription_id integer NOT NULL,
  report_id uuid NOT NULL,
  ordinal integer NOT NULL,
  name text NOT NULL,
  records integer NOT NULL,
  -- Of the part as it is read; the file holds it deflated.
  bytes bigint NOT NULL,
  deflated_bytes bigint NOT NULL,
  crc32 bigint NOT NULL,
  PRIMARY KEY (subscription_id, report_id, ordinal),
  FOREIGN KEY (subscription_id, report_id) REFERENCES report ON DELETE CASCADE
);
