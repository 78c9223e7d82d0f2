-- The schema that the migrations amount to. Generated; do not edit.

CREATE TABLE api_client (
  subscription_id integer NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL,
  user_id integer,
  modules text[] NOT NULL,
  permissions text[] NOT NULL DEFAULT '{}'::text[],
  has_full_scope boolean NOT NULL DEFAULT false,
  scope_tag_ids integer[] NOT NULL DEFAULT '{}'::integer[],
  secret_hash bytea NOT NULL,
  former_secret_hash bytea,
  former_secret_until timestamp with time zone,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  CONSTRAINT api_client_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT api_client_modules_check CHECK (cardinality(modules) > 0),
  CONSTRAINT api_client_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE,
  CONSTRAINT api_client_subscription_id_user_id_fkey FOREIGN KEY (subscription_id, user_id) REFERENCES app_user(subscription_id, id) ON DELETE CASCADE
);
CREATE INDEX api_client_by_user ON public.api_client USING btree (subscription_id, user_id) WHERE (user_id IS NOT NULL);
CREATE UNIQUE INDEX api_client_id ON public.api_client USING btree (id);
CREATE UNIQUE INDEX api_client_name ON public.api_client USING btree (subscription_id, lower(name));

CREATE TABLE api_lifecycle (
  api text NOT NULL,
  deprecated_at timestamp with time zone,
  eos_at timestamp with time zone,
  eol_at timestamp with time zone,
  successor text,
  is_edited boolean NOT NULL DEFAULT false,
  announced_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT api_lifecycle_pkey PRIMARY KEY (api)
);

CREATE TABLE api_limit (
  subscription_id integer NOT NULL,
  api text NOT NULL,
  rate_limit integer,
  rate_window_sec integer,
  concurrency_limit integer,
  CONSTRAINT api_limit_pkey PRIMARY KEY (subscription_id, api),
  CONSTRAINT api_limit_concurrency_limit_check CHECK (concurrency_limit > 0),
  CONSTRAINT api_limit_rate_limit_check CHECK (rate_limit > 0),
  CONSTRAINT api_limit_rate_window_sec_check CHECK (rate_window_sec > 0),
  CONSTRAINT api_limit_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);

CREATE TABLE app_user (
  subscription_id integer NOT NULL,
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  username text NOT NULL,
  email text,
  full_name text NOT NULL DEFAULT ''::text,
  password_hash text NOT NULL,
  status text NOT NULL DEFAULT 'ACTIVE'::text,
  role_id integer NOT NULL,
  has_full_scope boolean NOT NULL DEFAULT false,
  scope_tag_ids integer[] NOT NULL DEFAULT '{}'::integer[],
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  last_login_at timestamp with time zone,
  password_changed_at timestamp with time zone NOT NULL DEFAULT now(),
  token_generation integer NOT NULL DEFAULT 0,
  is_sso_only boolean NOT NULL DEFAULT false,
  failed_logins integer NOT NULL DEFAULT 0,
  locked_until timestamp with time zone,
  business_unit_id integer,
  CONSTRAINT app_user_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT app_user_check CHECK (business_unit_id IS NULL OR NOT has_full_scope),
  CONSTRAINT app_user_status_check CHECK (status = ANY (ARRAY['ACTIVE'::text, 'INACTIVE'::text, 'LOCKED'::text])),
  CONSTRAINT app_user_subscription_id_business_unit_id_fkey FOREIGN KEY (subscription_id, business_unit_id) REFERENCES business_unit(subscription_id, id),
  CONSTRAINT app_user_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE,
  CONSTRAINT app_user_subscription_id_role_id_fkey FOREIGN KEY (subscription_id, role_id) REFERENCES role(subscription_id, id)
);
CREATE INDEX app_user_email ON public.app_user USING btree (subscription_id, lower(email)) WHERE (email IS NOT NULL);
CREATE UNIQUE INDEX app_user_username ON public.app_user USING btree (lower(username));

CREATE TABLE asset (
  subscription_id integer NOT NULL,
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  uuid uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL,
  operating_system text,
  ip_addresses inet[] NOT NULL DEFAULT '{}'::inet[],
  mac_addresses text[] NOT NULL DEFAULT '{}'::text[],
  host_names text[] NOT NULL DEFAULT '{}'::text[],
  sources text[] NOT NULL DEFAULT '{}'::text[],
  tag_ids integer[] NOT NULL DEFAULT '{}'::integer[],
  criticality smallint NOT NULL DEFAULT 2,
  is_internet_facing boolean NOT NULL DEFAULT false,
  is_ot boolean NOT NULL DEFAULT false,
  risk smallint NOT NULL DEFAULT 0,
  finding_count integer NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  critical_count integer NOT NULL DEFAULT 0,
  high_count integer NOT NULL DEFAULT 0,
  medium_count integer NOT NULL DEFAULT 0,
  low_count integer NOT NULL DEFAULT 0,
  default_criticality smallint NOT NULL DEFAULT 2,
  described_by jsonb NOT NULL DEFAULT '{}'::jsonb,
  interfaces jsonb NOT NULL DEFAULT '[]'::jsonb,
  cloud_provider text,
  CONSTRAINT asset_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT asset_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
) WITH (fillfactor=85);
CREATE INDEX asset_by_address ON public.asset USING gin (ip_addresses);
CREATE INDEX asset_by_name ON public.asset USING btree (subscription_id, name, id);
CREATE INDEX asset_by_risk ON public.asset USING btree (subscription_id, risk, id);
CREATE INDEX asset_by_tag ON public.asset USING gin (tag_ids);
CREATE INDEX asset_ot_by_name ON public.asset USING btree (subscription_id, name, id) WHERE is_ot;
CREATE INDEX asset_ot_by_risk ON public.asset USING btree (subscription_id, risk, id) WHERE is_ot;
CREATE INDEX asset_ot_by_update ON public.asset USING btree (subscription_id, updated_at, id) WHERE is_ot;

CREATE TABLE asset_apart (
  subscription_id integer NOT NULL,
  asset_id bigint NOT NULL,
  apart_id bigint NOT NULL,
  taken_ids integer[] NOT NULL,
  kept_ids integer[] NOT NULL,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  CONSTRAINT asset_apart_pkey PRIMARY KEY (subscription_id, asset_id, apart_id),
  CONSTRAINT asset_apart_subscription_id_apart_id_fkey FOREIGN KEY (subscription_id, apart_id) REFERENCES asset(subscription_id, id) ON DELETE CASCADE,
  CONSTRAINT asset_apart_subscription_id_asset_id_fkey FOREIGN KEY (subscription_id, asset_id) REFERENCES asset(subscription_id, id) ON DELETE CASCADE
);
CREATE INDEX asset_apart_by_part ON public.asset_apart USING btree (subscription_id, apart_id);

CREATE TABLE asset_identifier (
  subscription_id integer NOT NULL,
  network text NOT NULL,
  kind text NOT NULL,
  value text NOT NULL,
  asset_id bigint NOT NULL,
  claimed_at timestamp with time zone NOT NULL,
  CONSTRAINT asset_identifier_pkey PRIMARY KEY (subscription_id, kind, value, network),
  CONSTRAINT asset_identifier_kind_check CHECK (kind = ANY (ARRAY['agent-id'::text, 'cloud-instance-id'::text, 'bios-uuid'::text, 'serial-number'::text, 'mac'::text, 'fqdn'::text, 'ip'::text, 'source-name'::text])),
  CONSTRAINT asset_identifier_subscription_id_asset_id_fkey FOREIGN KEY (subscription_id, asset_id) REFERENCES asset(subscription_id, id) ON DELETE CASCADE
);
CREATE INDEX asset_identifier_by_asset ON public.asset_identifier USING btree (subscription_id, asset_id);

CREATE TABLE asset_source (
  subscription_id integer NOT NULL,
  asset_id bigint NOT NULL,
  connection_id integer NOT NULL,
  seen_at timestamp with time zone NOT NULL,
  complete_at timestamp with time zone,
  first_seen_at timestamp with time zone NOT NULL,
  digest bytea NOT NULL,
  has_fresh boolean NOT NULL,
  matched_by text,
  identifiers jsonb NOT NULL DEFAULT '[]'::jsonb,
  product text,
  complete_by jsonb,
  runs bigint[] NOT NULL DEFAULT '{}'::bigint[],
  runs_by jsonb,
  CONSTRAINT asset_source_pkey PRIMARY KEY (subscription_id, asset_id, connection_id),
  CONSTRAINT asset_source_subscription_id_asset_id_fkey FOREIGN KEY (subscription_id, asset_id) REFERENCES asset(subscription_id, id) ON DELETE CASCADE,
  CONSTRAINT asset_source_subscription_id_connection_id_fkey FOREIGN KEY (subscription_id, connection_id) REFERENCES connection(subscription_id, id) ON DELETE CASCADE
) WITH (fillfactor=70);

CREATE TABLE audit_chain (
  chain integer NOT NULL,
  events bigint NOT NULL,
  head bytea NOT NULL,
  CONSTRAINT audit_chain_pkey PRIMARY KEY (chain)
) WITH (fillfactor=10);

CREATE TABLE audit_event (
  subscription_id integer,
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  at timestamp with time zone NOT NULL DEFAULT now(),
  actor text NOT NULL,
  action text NOT NULL,
  target text,
  address text,
  result text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}'::jsonb,
  sequence bigint NOT NULL,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT audit_event_pkey PRIMARY KEY (id),
  CONSTRAINT audit_event_result_check CHECK (result = ANY (ARRAY['success'::text, 'failure'::text]))
);
CREATE INDEX audit_event_by_actor ON public.audit_event USING btree (subscription_id, lower(actor), sequence);
CREATE UNIQUE INDEX audit_event_sequence ON public.audit_event USING btree (subscription_id, sequence) NULLS NOT DISTINCT;

CREATE TABLE business_unit (
  subscription_id integer NOT NULL,
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  description text NOT NULL DEFAULT ''::text,
  scope_tag_ids integer[] NOT NULL DEFAULT '{}'::integer[],
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT business_unit_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT business_unit_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX business_unit_name ON public.business_unit USING btree (subscription_id, lower(name));

CREATE TABLE check_definition (
  subscription_id integer NOT NULL,
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  product text NOT NULL,
  vendor_id text NOT NULL,
  digest bytea NOT NULL,
  described_at timestamp with time zone NOT NULL,
  title text NOT NULL,
  description text NOT NULL,
  solution text NOT NULL,
  severity smallint NOT NULL,
  source_severity text NOT NULL,
  family text,
  cve_ids text[] NOT NULL DEFAULT '{}'::text[],
  cwe_ids text[] NOT NULL DEFAULT '{}'::text[],
  cvss jsonb NOT NULL DEFAULT '[]'::jsonb,
  cvss_base double precision,
  reference_urls text[] NOT NULL DEFAULT '{}'::text[],
  published_at timestamp with time zone,
  patch_published_at timestamp with time zone,
  is_exploit_available boolean,
  is_patch_available boolean,
  aliases text[] NOT NULL DEFAULT '{}'::text[],
  issue text,
  cvss_version text GENERATED ALWAYS AS (
CASE
    WHEN jsonb_path_exists(cvss, '$[*]?(@."version" == "4.0" && @."score" != null)'::jsonpath) THEN '4.0'::text
    WHEN jsonb_path_exists(cvss, '$[*]?(@."version" == "3.1" && @."score" != null)'::jsonpath) THEN '3.1'::text
    WHEN jsonb_path_exists(cvss, '$[*]?(@."version" == "3.0" && @."score" != null)'::jsonpath) THEN '3.0'::text
    WHEN jsonb_path_exists(cvss, '$[*]?(@."version" == "2.0" && @."score" != null)'::jsonpath) THEN '2.0'::text
    ELSE NULL::text
END) STORED,
  is_vendor_patchable boolean,
  CONSTRAINT check_definition_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT check_definition_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE INDEX check_definition_aliases ON public.check_definition USING gin (aliases) WHERE (issue IS NOT NULL);
CREATE UNIQUE INDEX check_definition_key ON public.check_definition USING btree (subscription_id, product, vendor_id);

CREATE TABLE connection (
  subscription_id integer NOT NULL,
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  product text NOT NULL,
  network text NOT NULL DEFAULT 'default'::text,
  is_complete boolean NOT NULL DEFAULT true,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  retain_missing boolean NOT NULL DEFAULT false,
  csv_mapping jsonb,
  deleted_at timestamp with time zone,
  ended_at timestamp with time zone,
  trust_rank smallint NOT NULL DEFAULT 50,
  default_criticality smallint,
  CONSTRAINT connection_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT connection_default_criticality_check CHECK (default_criticality >= 1 AND default_criticality <= 5),
  CONSTRAINT connection_trust_rank_check CHECK (trust_rank >= 1 AND trust_rank <= 100),
  CONSTRAINT connection_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE INDEX connection_ending ON public.connection USING btree (deleted_at) WHERE ((deleted_at IS NOT NULL) AND (ended_at IS NULL));
CREATE UNIQUE INDEX connection_name ON public.connection USING btree (subscription_id, lower(name)) WHERE (deleted_at IS NULL);

CREATE TABLE connection_file (
  subscription_id integer NOT NULL,
  connection_id integer NOT NULL,
  name text NOT NULL,
  stamp text NOT NULL,
  seen_at timestamp with time zone NOT NULL,
  is_done boolean NOT NULL DEFAULT false,
  CONSTRAINT connection_file_pkey PRIMARY KEY (subscription_id, connection_id, name),
  CONSTRAINT connection_file_subscription_id_connection_id_fkey FOREIGN KEY (subscription_id, connection_id) REFERENCES connection_folder(subscription_id, connection_id) ON DELETE CASCADE
);

CREATE TABLE connection_folder (
  subscription_id integer NOT NULL,
  connection_id integer NOT NULL,
  folder text NOT NULL,
  rhythm jsonb NOT NULL,
  next_poll_at timestamp with time zone NOT NULL,
  last_poll_at timestamp with time zone,
  imported_count integer NOT NULL DEFAULT 0,
  waiting_count integer NOT NULL DEFAULT 0,
  last_fault text,
  CONSTRAINT connection_folder_pkey PRIMARY KEY (subscription_id, connection_id),
  CONSTRAINT connection_folder_subscription_id_connection_id_fkey FOREIGN KEY (subscription_id, connection_id) REFERENCES connection(subscription_id, id) ON DELETE CASCADE
);
CREATE INDEX connection_folder_due ON public.connection_folder USING btree (next_poll_at);

CREATE TABLE cve_knowledge (
  cve_id text NOT NULL,
  kev_added_on date,
  kev_due_on date,
  is_ransomware boolean,
  epss double precision,
  epss_percentile double precision,
  epss_on date,
  ssvc_exploitation text,
  is_automatable boolean,
  technical_impact text,
  cvss jsonb NOT NULL DEFAULT '[]'::jsonb,
  cvss_base double precision,
  published_at timestamp with time zone,
  record_updated_at timestamp with time zone,
  cvss_version text GENERATED ALWAYS AS (
CASE
    WHEN jsonb_path_exists(cvss, '$[*]?(@."version" == "4.0" && @."score" != null)'::jsonpath) THEN '4.0'::text
    WHEN jsonb_path_exists(cvss, '$[*]?(@."version" == "3.1" && @."score" != null)'::jsonpath) THEN '3.1'::text
    WHEN jsonb_path_exists(cvss, '$[*]?(@."version" == "3.0" && @."score" != null)'::jsonpath) THEN '3.0'::text
    WHEN jsonb_path_exists(cvss, '$[*]?(@."version" == "2.0" && @."score" != null)'::jsonpath) THEN '2.0'::text
    ELSE NULL::text
END) STORED,
  CONSTRAINT cve_knowledge_pkey PRIMARY KEY (cve_id),
  CONSTRAINT cve_knowledge_epss_check CHECK (epss >= 0::double precision AND epss <= 1::double precision),
  CONSTRAINT cve_knowledge_ssvc_exploitation_check CHECK (ssvc_exploitation = ANY (ARRAY['none'::text, 'poc'::text, 'active'::text])),
  CONSTRAINT cve_knowledge_technical_impact_check CHECK (technical_impact = ANY (ARRAY['partial'::text, 'total'::text]))
) WITH (fillfactor=45);

CREATE TABLE feed_state (
  is_only boolean NOT NULL DEFAULT true,
  changed_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT feed_state_pkey PRIMARY KEY (is_only),
  CONSTRAINT feed_state_is_only_check CHECK (is_only)
);

CREATE TABLE finding (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  asset_id bigint NOT NULL,
  fingerprint uuid NOT NULL,
  check_id bigint NOT NULL,
  first_found timestamp with time zone NOT NULL,
  last_found timestamp with time zone NOT NULL,
  subscription_id integer NOT NULL,
  severity smallint NOT NULL,
  qds smallint NOT NULL,
  port integer,
  last_fixed timestamp with time zone,
  reopened_at timestamp with time zone,
  status text NOT NULL,
  category text NOT NULL,
  cve_id text,
  protocol text,
  instance text,
  is_accepted boolean NOT NULL DEFAULT false,
  retest_at timestamp with time zone,
  closed_at timestamp with time zone,
  is_one_time boolean NOT NULL DEFAULT false,
  ingested_at timestamp with time zone DEFAULT now(),
  CONSTRAINT finding_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT finding_status_check CHECK (status = ANY (ARRAY['NEW'::text, 'ACTIVE'::text, 'REOPENED'::text, 'FIXED'::text, 'PROTECTED'::text, 'RETEST'::text]))
) WITH (fillfactor=50);
CREATE INDEX finding_by_check ON public.finding USING btree (subscription_id, check_id);
CREATE INDEX finding_by_cve ON public.finding USING btree (subscription_id, cve_id);
CREATE INDEX finding_by_first_found ON public.finding USING btree (subscription_id, first_found, id);
CREATE INDEX finding_by_qds ON public.finding USING btree (subscription_id, qds, id);
CREATE INDEX finding_by_severity ON public.finding USING btree (subscription_id, severity, id);
CREATE UNIQUE INDEX finding_identity ON public.finding USING btree (subscription_id, asset_id, fingerprint);

CREATE TABLE finding_source (
  asset_id bigint NOT NULL,
  fingerprint uuid NOT NULL,
  check_id bigint NOT NULL,
  first_seen timestamp with time zone NOT NULL,
  last_seen timestamp with time zone NOT NULL,
  subscription_id integer NOT NULL,
  connection_id integer NOT NULL,
  severity smallint NOT NULL,
  is_present boolean NOT NULL,
  evidence text NOT NULL DEFAULT ''::text,
  is_mitigated boolean NOT NULL DEFAULT false,
  is_aliased boolean NOT NULL DEFAULT false,
  gone_at timestamp with time zone,
  told_first timestamp with time zone,
  told_last timestamp with time zone,
  told jsonb,
  marks jsonb,
  CONSTRAINT finding_source_pkey PRIMARY KEY (subscription_id, asset_id, fingerprint, connection_id, check_id)
) WITH (fillfactor=90);
CREATE INDEX finding_source_aliased ON public.finding_source USING btree (subscription_id, check_id) WHERE is_aliased;
CREATE INDEX finding_source_told ON public.finding_source USING btree (subscription_id, asset_id, fingerprint) WHERE (told IS NOT NULL);

CREATE TABLE identity_provider (
  subscription_id integer NOT NULL,
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  issuer text NOT NULL,
  audience text NOT NULL,
  jwks_url text,
  certificates text[] NOT NULL DEFAULT '{}'::text[],
  user_claim text NOT NULL,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  CONSTRAINT identity_provider_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT identity_provider_check CHECK ((jwks_url IS NULL) <> (certificates = '{}'::text[])),
  CONSTRAINT identity_provider_user_claim_check CHECK (user_claim = ANY (ARRAY['sub'::text, 'email'::text])),
  CONSTRAINT identity_provider_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX identity_provider_key ON public.identity_provider USING btree (issuer, audience);
CREATE UNIQUE INDEX identity_provider_name ON public.identity_provider USING btree (subscription_id, lower(name));

CREATE TABLE import_asset (
  subscription_id integer NOT NULL,
  job_id uuid NOT NULL,
  asset_id bigint NOT NULL,
  seen_from timestamp with time zone NOT NULL,
  seen_to timestamp with time zone NOT NULL,
  digest bytea NOT NULL,
  has_fresh boolean NOT NULL,
  matched_by text,
  identifiers jsonb NOT NULL DEFAULT '[]'::jsonb,
  CONSTRAINT import_asset_pkey PRIMARY KEY (subscription_id, job_id, asset_id),
  CONSTRAINT import_asset_subscription_id_job_id_fkey FOREIGN KEY (subscription_id, job_id) REFERENCES import_job(subscription_id, id) ON DELETE CASCADE
);

CREATE TABLE import_issue (
  subscription_id integer NOT NULL,
  job_id uuid NOT NULL,
  ordinal integer NOT NULL,
  level text NOT NULL,
  code text NOT NULL,
  location text NOT NULL,
  message text NOT NULL,
  CONSTRAINT import_issue_pkey PRIMARY KEY (subscription_id, job_id, ordinal),
  CONSTRAINT import_issue_level_check CHECK (level = ANY (ARRAY['refused'::text, 'warning'::text])),
  CONSTRAINT import_issue_subscription_id_job_id_fkey FOREIGN KEY (subscription_id, job_id) REFERENCES import_job(subscription_id, id) ON DELETE CASCADE
);

CREATE TABLE import_job (
  subscription_id integer NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  status text NOT NULL,
  file_name text,
  file_bytes bigint NOT NULL,
  file_sha256 text NOT NULL,
  connection_name text,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  format text,
  bytes_read bigint NOT NULL DEFAULT 0,
  checkpoint jsonb NOT NULL DEFAULT '{}'::jsonb,
  counts jsonb NOT NULL DEFAULT '{}'::jsonb,
  message text,
  attempt integer NOT NULL DEFAULT 0,
  idle_attempts integer NOT NULL DEFAULT 0,
  accepted_kinds text[],
  plant_location text,
  csv_mapping jsonb,
  connection_id integer,
  CONSTRAINT import_job_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT import_job_status_check CHECK (status = ANY (ARRAY['REQUESTED'::text, 'IN_PROGRESS'::text, 'COMPLETED'::text, 'FAILED'::text])),
  CONSTRAINT import_job_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE INDEX import_job_by_content ON public.import_job USING btree (subscription_id, file_sha256);
CREATE INDEX import_job_by_time ON public.import_job USING btree (subscription_id, created_at DESC, id);
CREATE INDEX import_job_unfinished ON public.import_job USING btree (created_at) WHERE (status = ANY (ARRAY['REQUESTED'::text, 'IN_PROGRESS'::text]));

CREATE TABLE import_missing (
  subscription_id integer NOT NULL,
  job_id uuid NOT NULL,
  asset_id bigint NOT NULL,
  fingerprint uuid NOT NULL,
  check_id bigint NOT NULL,
  CONSTRAINT import_missing_pkey PRIMARY KEY (subscription_id, job_id, asset_id, fingerprint, check_id),
  CONSTRAINT import_missing_subscription_id_job_id_fkey FOREIGN KEY (subscription_id, job_id) REFERENCES import_job(subscription_id, id) ON DELETE CASCADE
);

CREATE TABLE issue_alias (
  subscription_id integer NOT NULL,
  alias text NOT NULL,
  name text NOT NULL,
  told_by text NOT NULL,
  CONSTRAINT issue_alias_pkey PRIMARY KEY (subscription_id, alias, name),
  CONSTRAINT issue_alias_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);

CREATE TABLE knowledge_feed (
  kind text NOT NULL,
  source text NOT NULL,
  version text,
  published_at timestamp with time zone,
  loaded_at timestamp with time zone NOT NULL,
  records integer NOT NULL,
  changed integer NOT NULL,
  is_complete boolean NOT NULL,
  whole_at timestamp with time zone,
  CONSTRAINT knowledge_feed_pkey PRIMARY KEY (kind),
  CONSTRAINT knowledge_feed_kind_check CHECK (kind = ANY (ARRAY['kev'::text, 'epss'::text, 'cve'::text, 'ssvc'::text]))
);

CREATE TABLE list_change (
  changes bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=50, autovacuum_vacuum_cost_delay=0);

CREATE TABLE ot_advisory (
  subscription_id integer NOT NULL,
  id text NOT NULL,
  qid integer NOT NULL,
  title text NOT NULL,
  url text,
  publisher text NOT NULL,
  version text NOT NULL,
  is_final boolean NOT NULL,
  released_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  impact text NOT NULL,
  digest bytea NOT NULL,
  vulnerabilities jsonb NOT NULL,
  cve_ids text[] NOT NULL,
  imported_at timestamp with time zone NOT NULL,
  withdrawal text,
  meaning uuid,
  CONSTRAINT ot_advisory_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT ot_advisory_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX ot_advisory_qid ON public.ot_advisory USING btree (subscription_id, qid);

CREATE TABLE ot_advisory_product (
  subscription_id integer NOT NULL,
  advisory_id text NOT NULL,
  ordinal integer NOT NULL,
  keys text[] NOT NULL,
  content jsonb NOT NULL,
  CONSTRAINT ot_advisory_product_pkey PRIMARY KEY (subscription_id, advisory_id, ordinal),
  CONSTRAINT ot_advisory_product_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE INDEX ot_advisory_product_by_key ON public.ot_advisory_product USING gin (keys) WITH (fastupdate=off);

CREATE TABLE ot_advisory_version (
  subscription_id integer NOT NULL,
  version uuid NOT NULL,
  CONSTRAINT ot_advisory_version_pkey PRIMARY KEY (subscription_id),
  CONSTRAINT ot_advisory_version_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);

CREATE TABLE ot_conversation (
  subscription_id integer NOT NULL,
  network text NOT NULL,
  client text NOT NULL,
  server text NOT NULL,
  transport text NOT NULL,
  port integer NOT NULL,
  protocol text,
  first_seen timestamp with time zone NOT NULL,
  last_seen timestamp with time zone NOT NULL,
  CONSTRAINT ot_conversation_pkey PRIMARY KEY (subscription_id, network, client, server, transport, port),
  CONSTRAINT ot_conversation_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);

CREATE TABLE ot_detection (
  subscription_id integer NOT NULL,
  uuid uuid NOT NULL DEFAULT gen_random_uuid(),
  asset_id bigint NOT NULL,
  advisory_id text NOT NULL,
  is_confirmed boolean NOT NULL,
  status text NOT NULL,
  severity smallint NOT NULL,
  cve_ids text[] NOT NULL,
  fingerprints uuid[] NOT NULL,
  cvss_base real,
  cvss3_base real,
  cvss4_base real,
  evidence jsonb NOT NULL,
  first_detected timestamp with time zone NOT NULL,
  last_detected timestamp with time zone NOT NULL,
  last_fixed timestamp with time zone,
  reopened_at timestamp with time zone,
  digest uuid NOT NULL,
  CONSTRAINT ot_detection_pkey PRIMARY KEY (subscription_id, uuid),
  CONSTRAINT ot_detection_status_check CHECK (status = ANY (ARRAY['NEW'::text, 'ACTIVE'::text, 'FIXED'::text, 'REOPENED'::text]))
) WITH (fillfactor=50);
CREATE INDEX ot_detection_by_advisory ON public.ot_detection USING btree (subscription_id, advisory_id);
CREATE UNIQUE INDEX ot_detection_identity ON public.ot_detection USING btree (subscription_id, asset_id, advisory_id, is_confirmed);

CREATE TABLE ot_detection_event (
  subscription_id integer NOT NULL,
  detection_uuid uuid NOT NULL,
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  at timestamp with time zone NOT NULL,
  status text NOT NULL,
  type_detected text NOT NULL,
  cve_ids text[] NOT NULL,
  reason text,
  CONSTRAINT ot_detection_event_pkey PRIMARY KEY (subscription_id, detection_uuid, id)
);

CREATE TABLE ot_detection_text (
  subscription_id integer NOT NULL,
  digest uuid NOT NULL,
  threat text NOT NULL,
  solution text NOT NULL,
  CONSTRAINT ot_detection_text_pkey PRIMARY KEY (subscription_id, digest),
  CONSTRAINT ot_detection_text_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);

CREATE TABLE ot_due_host (
  subscription_id integer NOT NULL,
  asset_id bigint NOT NULL,
  CONSTRAINT ot_due_host_pkey PRIMARY KEY (subscription_id, asset_id),
  CONSTRAINT ot_due_host_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1000);

CREATE TABLE ot_event (
  subscription_id integer NOT NULL,
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  network text NOT NULL,
  kind text NOT NULL,
  protocol text NOT NULL,
  client text NOT NULL,
  server text NOT NULL,
  detail text NOT NULL,
  message_count bigint NOT NULL,
  started_at timestamp with time zone NOT NULL,
  ended_at timestamp with time zone NOT NULL,
  job_id uuid NOT NULL,
  frame bigint NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT ot_event_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT ot_event_subscription_id_network_server_client_protocol_kin_key UNIQUE (subscription_id, network, server, client, protocol, kind, started_at),
  CONSTRAINT ot_event_kind_check CHECK (kind = ANY (ARRAY['START'::text, 'STOP'::text, 'MODE_CHANGE'::text, 'RESET'::text, 'PROGRAM_DOWNLOAD'::text, 'PROGRAM_UPLOAD'::text, 'FIRMWARE_DOWNLOAD'::text])),
  CONSTRAINT ot_event_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE INDEX ot_event_by_record ON public.ot_event USING btree (recorded_at);
CREATE INDEX ot_event_by_start ON public.ot_event USING btree (subscription_id, started_at, id);

CREATE TABLE ot_evidence (
  subscription_id integer NOT NULL,
  asset_id bigint NOT NULL,
  field text NOT NULL,
  value text NOT NULL,
  protocol text NOT NULL,
  source text NOT NULL,
  confidence smallint NOT NULL,
  first_seen timestamp with time zone NOT NULL,
  last_seen timestamp with time zone NOT NULL,
  job_id uuid NOT NULL,
  frame bigint,
  CONSTRAINT ot_evidence_pkey PRIMARY KEY (subscription_id, asset_id, field, value, protocol, source),
  CONSTRAINT ot_evidence_subscription_id_asset_id_fkey FOREIGN KEY (subscription_id, asset_id) REFERENCES asset(subscription_id, id) ON DELETE CASCADE
);

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
  role text,
  purdue_level smallint,
  purdue_basis text,
  inventory jsonb NOT NULL DEFAULT '[]'::jsonb,
  interfaces jsonb NOT NULL DEFAULT '[]'::jsonb,
  modules jsonb NOT NULL DEFAULT '[]'::jsonb,
  created_in uuid NOT NULL,
  updated_in uuid,
  firmware_is_proven boolean NOT NULL DEFAULT true,
  CONSTRAINT ot_host_pkey PRIMARY KEY (subscription_id, asset_id),
  CONSTRAINT ot_host_subscription_id_asset_id_fkey FOREIGN KEY (subscription_id, asset_id) REFERENCES asset(subscription_id, id) ON DELETE CASCADE
);
CREATE INDEX ot_host_by_catalog_number ON public.ot_host USING btree (subscription_id, catalog_number);
CREATE INDEX ot_host_by_family ON public.ot_host USING btree (subscription_id, family);
CREATE INDEX ot_host_by_firmware_version ON public.ot_host USING btree (subscription_id, firmware_version);
CREATE INDEX ot_host_by_manufacturer ON public.ot_host USING btree (subscription_id, manufacturer);
CREATE INDEX ot_host_by_model ON public.ot_host USING btree (subscription_id, model);
CREATE INDEX ot_host_by_order_number ON public.ot_host USING btree (subscription_id, order_number);
CREATE INDEX ot_host_by_type ON public.ot_host USING btree (subscription_id, type);

CREATE TABLE ot_match (
  subscription_id integer NOT NULL,
  asset_id bigint NOT NULL,
  keys text[] NOT NULL DEFAULT '{}'::text[],
  CONSTRAINT ot_match_pkey PRIMARY KEY (subscription_id, asset_id),
  CONSTRAINT ot_match_subscription_id_asset_id_fkey FOREIGN KEY (subscription_id, asset_id) REFERENCES ot_host(subscription_id, asset_id) ON DELETE CASCADE
);
CREATE INDEX ot_match_by_key ON public.ot_match USING gin (keys) WITH (fastupdate=off);

CREATE TABLE ot_project_file (
  subscription_id integer NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  network text NOT NULL,
  project_key text,
  name text NOT NULL,
  extension text NOT NULL,
  vendor text,
  status text NOT NULL,
  file_hash text NOT NULL,
  engineering_tool_name text,
  engineering_tool_version text,
  plant_location text,
  uploaded_by text NOT NULL,
  saved_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  job_id uuid NOT NULL,
  CONSTRAINT ot_project_file_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT ot_project_file_status_check CHECK (status = ANY (ARRAY['PROCESSED'::text, 'PARTIAL'::text, 'FAILED'::text])),
  CONSTRAINT ot_project_file_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE INDEX ot_project_file_hash ON public.ot_project_file USING btree (subscription_id, network, file_hash);
CREATE UNIQUE INDEX ot_project_file_project ON public.ot_project_file USING btree (subscription_id, network, project_key);

CREATE TABLE ot_project_file_asset (
  subscription_id integer NOT NULL,
  project_file_id uuid NOT NULL,
  asset_id bigint NOT NULL,
  ordinal integer NOT NULL,
  statements jsonb NOT NULL,
  modules jsonb NOT NULL,
  CONSTRAINT ot_project_file_asset_pkey PRIMARY KEY (subscription_id, project_file_id, ordinal),
  CONSTRAINT ot_project_file_asset_subscription_id_asset_id_fkey FOREIGN KEY (subscription_id, asset_id) REFERENCES asset(subscription_id, id) ON DELETE CASCADE,
  CONSTRAINT ot_project_file_asset_subscription_id_project_file_id_fkey FOREIGN KEY (subscription_id, project_file_id) REFERENCES ot_project_file(subscription_id, id) ON DELETE CASCADE
);
CREATE INDEX ot_project_file_asset_by_asset ON public.ot_project_file_asset USING btree (subscription_id, asset_id, project_file_id);

CREATE TABLE release_note (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  title text NOT NULL,
  text text NOT NULL,
  link text,
  published_at timestamp with time zone NOT NULL,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT release_note_pkey PRIMARY KEY (id)
);
CREATE INDEX release_note_by_time ON public.release_note USING btree (published_at DESC, id);

CREATE TABLE report (
  subscription_id integer NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL,
  description text NOT NULL DEFAULT ''::text,
  format text NOT NULL,
  asset_qql text NOT NULL DEFAULT ''::text,
  findings_qql text NOT NULL DEFAULT ''::text,
  status text NOT NULL,
  created_by text NOT NULL,
  has_full_scope boolean NOT NULL,
  scope_tag_ids integer[] NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  expires_at timestamp with time zone,
  expected_count bigint,
  record_count bigint NOT NULL DEFAULT 0,
  is_large boolean NOT NULL DEFAULT false,
  has_files boolean NOT NULL DEFAULT false,
  message text,
  CONSTRAINT report_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT report_format_check CHECK (format = ANY (ARRAY['JSON'::text, 'CSV'::text, 'JSONL'::text, 'PARQUET'::text, 'SARIF'::text, 'CYCLONEDX'::text, 'OPENVEX'::text])),
  CONSTRAINT report_status_check CHECK (status = ANY (ARRAY['REQUESTED'::text, 'IN_PROGRESS'::text, 'COMPLETED'::text, 'FAILED'::text, 'CANCELLED'::text, 'EXPIRED'::text])),
  CONSTRAINT report_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE INDEX report_by_time ON public.report USING btree (subscription_id, created_at DESC, id);
CREATE INDEX report_unfinished ON public.report USING btree (created_at) WHERE (status = ANY (ARRAY['REQUESTED'::text, 'IN_PROGRESS'::text]));
CREATE INDEX report_with_files ON public.report USING btree (expires_at) WHERE has_files;

CREATE TABLE report_part (
  subscription_id integer NOT NULL,
  report_id uuid NOT NULL,
  ordinal integer NOT NULL,
  name text NOT NULL,
  records integer NOT NULL,
  bytes bigint NOT NULL,
  deflated_bytes bigint NOT NULL,
  crc32 bigint NOT NULL,
  CONSTRAINT report_part_pkey PRIMARY KEY (subscription_id, report_id, ordinal),
  CONSTRAINT report_part_subscription_id_report_id_fkey FOREIGN KEY (subscription_id, report_id) REFERENCES report(subscription_id, id) ON DELETE CASCADE
);

CREATE TABLE report_schedule (
  subscription_id integer NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL,
  description text NOT NULL DEFAULT ''::text,
  format text NOT NULL,
  asset_qql text NOT NULL DEFAULT ''::text,
  findings_qql text NOT NULL DEFAULT ''::text,
  rhythm jsonb NOT NULL,
  user_id integer,
  client_id uuid,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  next_run_at timestamp with time zone,
  last_run_at timestamp with time zone,
  last_report_id uuid,
  last_fault text,
  CONSTRAINT report_schedule_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT report_schedule_check CHECK ((user_id IS NULL) <> (client_id IS NULL)),
  CONSTRAINT report_schedule_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE INDEX report_schedule_due ON public.report_schedule USING btree (next_run_at) WHERE (next_run_at IS NOT NULL);

CREATE TABLE risk_acceptance (
  subscription_id integer NOT NULL,
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  finding_id bigint NOT NULL,
  reason text NOT NULL,
  reason_type text NOT NULL,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  end_at timestamp with time zone,
  closed_at timestamp with time zone,
  closed_by text,
  CONSTRAINT risk_acceptance_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT risk_acceptance_subscription_id_finding_id_fkey FOREIGN KEY (subscription_id, finding_id) REFERENCES finding(subscription_id, id) ON DELETE CASCADE
);
CREATE INDEX risk_acceptance_by_finding ON public.risk_acceptance USING btree (subscription_id, finding_id, id);
CREATE INDEX risk_acceptance_ending ON public.risk_acceptance USING btree (end_at) WHERE (closed_at IS NULL);
CREATE UNIQUE INDEX risk_acceptance_open ON public.risk_acceptance USING btree (subscription_id, finding_id) WHERE (closed_at IS NULL);

CREATE TABLE risk_rule (
  subscription_id integer NOT NULL,
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  reason text NOT NULL,
  findings_qql text NOT NULL,
  asset_qql text NOT NULL,
  effect text NOT NULL,
  value double precision,
  priority integer NOT NULL,
  is_enabled boolean NOT NULL,
  end_at timestamp with time zone,
  is_in_force boolean NOT NULL,
  as_of timestamp with time zone NOT NULL,
  is_dated boolean NOT NULL,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  CONSTRAINT risk_rule_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT risk_rule_check CHECK ((value IS NULL) = (effect = 'INTERNET_FACING'::text)),
  CONSTRAINT risk_rule_effect_check CHECK (effect = ANY (ARRAY['FACTOR'::text, 'POINTS'::text, 'INTERNET_FACING'::text])),
  CONSTRAINT risk_rule_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX risk_rule_name ON public.risk_rule USING btree (subscription_id, lower(name));

CREATE TABLE role (
  subscription_id integer NOT NULL,
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  description text NOT NULL DEFAULT ''::text,
  is_shipped boolean NOT NULL DEFAULT false,
  has_api_access boolean NOT NULL,
  has_ui_access boolean NOT NULL,
  permissions text[] NOT NULL DEFAULT '{}'::text[],
  CONSTRAINT role_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT role_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX role_name ON public.role USING btree (subscription_id, lower(name));

CREATE TABLE row_total (
  counted text NOT NULL,
  subscription_id integer NOT NULL,
  rows bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=50, autovacuum_vacuum_cost_delay=0);
CREATE INDEX row_total_of ON public.row_total USING btree (subscription_id, counted);

CREATE TABLE schema_migration (
  number integer NOT NULL,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT schema_migration_pkey PRIMARY KEY (number)
);

CREATE TABLE score_basis (
  is_only boolean NOT NULL DEFAULT true,
  version bigint NOT NULL,
  CONSTRAINT score_basis_pkey PRIMARY KEY (is_only),
  CONSTRAINT score_basis_is_only_check CHECK (is_only)
);

CREATE TABLE score_setting (
  subscription_id integer NOT NULL,
  weight_critical double precision NOT NULL,
  weight_high double precision NOT NULL,
  weight_medium double precision NOT NULL,
  weight_low double precision NOT NULL,
  floor_critical smallint NOT NULL,
  floor_high smallint NOT NULL,
  floor_medium smallint NOT NULL,
  CONSTRAINT score_setting_pkey PRIMARY KEY (subscription_id),
  CONSTRAINT score_setting_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);

CREATE TABLE score_walk (
  subscription_id integer NOT NULL,
  done_up_to bigint DEFAULT 0,
  is_of_weights boolean NOT NULL,
  cve_ids text[] NOT NULL DEFAULT '{}'::text[],
  finding_ids bigint[] NOT NULL DEFAULT '{}'::bigint[],
  findings_listed integer NOT NULL DEFAULT 0,
  findings_done integer NOT NULL DEFAULT 0,
  CONSTRAINT score_walk_pkey PRIMARY KEY (subscription_id),
  CONSTRAINT score_walk_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);

CREATE TABLE signing_key (
  id text NOT NULL,
  algorithm text NOT NULL,
  private_key bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  retired_at timestamp with time zone,
  CONSTRAINT signing_key_pkey PRIMARY KEY (id),
  CONSTRAINT signing_key_algorithm_check CHECK (algorithm = ANY (ARRAY['HS512'::text, 'RS512'::text]))
);
CREATE UNIQUE INDEX signing_key_current ON public.signing_key USING btree (algorithm) WHERE (retired_at IS NULL);

CREATE TABLE subscription (
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  service_level text NOT NULL DEFAULT 'Standard'::text,
  rate_limit integer,
  rate_window_sec integer,
  concurrency_limit integer,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  lockout_threshold integer NOT NULL DEFAULT 10,
  lockout_minutes integer NOT NULL DEFAULT 30,
  password_max_age_days integer NOT NULL DEFAULT 0,
  allowed_addresses text[] NOT NULL DEFAULT '{}'::text[],
  CONSTRAINT subscription_pkey PRIMARY KEY (id),
  CONSTRAINT subscription_concurrency_limit_check CHECK (concurrency_limit > 0),
  CONSTRAINT subscription_lockout_minutes_check CHECK (lockout_minutes >= 0 AND lockout_minutes <= 525600),
  CONSTRAINT subscription_lockout_threshold_check CHECK (lockout_threshold >= 0 AND lockout_threshold <= 1000),
  CONSTRAINT subscription_password_max_age_days_check CHECK (password_max_age_days >= 0 AND password_max_age_days <= 36500),
  CONSTRAINT subscription_rate_limit_check CHECK (rate_limit > 0),
  CONSTRAINT subscription_rate_window_sec_check CHECK (rate_window_sec > 0),
  CONSTRAINT subscription_service_level_check CHECK (service_level = ANY (ARRAY['Express'::text, 'Standard'::text, 'Enterprise'::text, 'Premium'::text, 'Custom'::text]))
);

CREATE TABLE tag (
  subscription_id integer NOT NULL,
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  parent_id integer,
  criticality smallint,
  rule text,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT tag_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT tag_criticality_check CHECK (criticality >= 1 AND criticality <= 5),
  CONSTRAINT tag_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE,
  CONSTRAINT tag_subscription_id_parent_id_fkey FOREIGN KEY (subscription_id, parent_id) REFERENCES tag(subscription_id, id)
);
CREATE INDEX tag_by_parent ON public.tag USING btree (subscription_id, parent_id) WHERE (parent_id IS NOT NULL);
CREATE UNIQUE INDEX tag_name ON public.tag USING btree (subscription_id, lower(name));

CREATE TABLE told_notice (
  key text NOT NULL,
  told_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT told_notice_pkey PRIMARY KEY (key)
);

CREATE TABLE trend_count (
  subscription_id integer NOT NULL,
  day date NOT NULL,
  tag_id integer NOT NULL,
  assets integer NOT NULL,
  risk_sum bigint NOT NULL,
  new_count integer NOT NULL,
  active_count integer NOT NULL,
  reopened_count integer NOT NULL,
  fixed_count integer NOT NULL,
  protected_count integer NOT NULL,
  retest_count integer NOT NULL,
  severity_counts integer[] NOT NULL,
  critical_count integer NOT NULL,
  high_count integer NOT NULL,
  medium_count integer NOT NULL,
  low_count integer NOT NULL,
  accepted_count integer NOT NULL,
  found_since integer,
  fixed_since integer,
  remediated_count integer NOT NULL,
  remediated_sec bigint NOT NULL,
  CONSTRAINT trend_count_pkey PRIMARY KEY (subscription_id, tag_id, day),
  CONSTRAINT trend_count_subscription_id_day_fkey FOREIGN KEY (subscription_id, day) REFERENCES trend_day(subscription_id, day) ON DELETE CASCADE
);
CREATE INDEX trend_count_by_day ON public.trend_count USING btree (subscription_id, day);

CREATE TABLE trend_day (
  subscription_id integer NOT NULL,
  day date NOT NULL,
  taken_at timestamp with time zone NOT NULL,
  CONSTRAINT trend_day_pkey PRIMARY KEY (subscription_id, day),
  CONSTRAINT trend_day_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);

CREATE TABLE webhook (
  subscription_id integer NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  url text NOT NULL,
  description text NOT NULL DEFAULT ''::text,
  events text[] NOT NULL DEFAULT '{}'::text[],
  is_enabled boolean NOT NULL DEFAULT true,
  disabled_reason text,
  secret text NOT NULL,
  former_secret text,
  former_secret_until timestamp with time zone,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT webhook_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT webhook_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);

CREATE TABLE webhook_delivery (
  subscription_id integer NOT NULL,
  webhook_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  type text NOT NULL,
  body text NOT NULL,
  status text NOT NULL DEFAULT 'PENDING'::text,
  attempts integer NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL,
  next_attempt_at timestamp with time zone NOT NULL,
  last_attempt_at timestamp with time zone,
  last_status integer,
  last_error text,
  CONSTRAINT webhook_delivery_pkey PRIMARY KEY (subscription_id, webhook_id, id),
  CONSTRAINT webhook_delivery_status_check CHECK (status = ANY (ARRAY['PENDING'::text, 'DELIVERED'::text, 'FAILED'::text])),
  CONSTRAINT webhook_delivery_subscription_id_webhook_id_fkey FOREIGN KEY (subscription_id, webhook_id) REFERENCES webhook(subscription_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_delivery_by_time ON public.webhook_delivery USING btree (subscription_id, webhook_id, created_at DESC, id);
CREATE INDEX webhook_delivery_due ON public.webhook_delivery USING btree (next_attempt_at) WHERE (status = 'PENDING'::text);

CREATE OR REPLACE FUNCTION public.audit_chain_goes_forward()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION 'audit_chain only goes forward';
END $function$
;

CREATE OR REPLACE FUNCTION public.audit_event_chain()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
END $function$
;

CREATE OR REPLACE FUNCTION public.audit_event_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION 'audit_event is append-only';
END $function$
;

CREATE OR REPLACE FUNCTION public.audit_event_text(e audit_event)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  SELECT '{"action":' || to_json(e.action) || ',"actor":' || to_json(e.actor)
    || ',"address":' || coalesce(to_json(e.address)::text, 'null')
    || ',"at":"' || to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '","detail":{' || coalesce((SELECT string_agg(to_json(key) || ':' || value, ',' ORDER BY key COLLATE "C")
                                   FROM jsonb_each(e.detail)), '')
    || '},"id":' || e.sequence || ',"previousHash":"' || encode(e.previous_hash, 'hex')
    || '","result":' || to_json(e.result) || ',"subscriptionId":' || coalesce(e.subscription_id::text, 'null')
    || ',"target":' || coalesce(to_json(e.target)::text, 'null') || '}'
$function$
;

CREATE OR REPLACE FUNCTION public.forget_detection_events()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  DELETE FROM ot_detection_event e USING gone g WHERE e.subscription_id = g.subscription_id AND e.detection_uuid = g.uuid;
  RETURN NULL;
END $function$
;

CREATE OR REPLACE FUNCTION public.forget_detections()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  DELETE FROM ot_detection d USING gone g WHERE d.subscription_id = g.subscription_id AND d.asset_id = g.asset_id;
  RETURN NULL;
END $function$
;

CREATE OR REPLACE FUNCTION public.note_feed_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  INSERT INTO feed_state (changed_at) VALUES (clock_timestamp())
  ON CONFLICT (is_only) DO UPDATE SET changed_at = excluded.changed_at;
  RETURN NULL;
END $function$
;

CREATE OR REPLACE FUNCTION public.note_list_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  -- Once in a transaction. What a rolled back savepoint noted is forgotten together with this mark.
  IF current_setting('breakwater.list_change', true) = pg_current_xact_id()::text THEN RETURN NULL; END IF;
  WITH former AS (
    DELETE FROM list_change WHERE ctid = ANY (ARRAY(SELECT ctid FROM list_change FOR UPDATE SKIP LOCKED)) RETURNING changes
  )
  INSERT INTO list_change SELECT coalesce(sum(changes), 0) + 1 FROM former;
  PERFORM set_config('breakwater.list_change', pg_current_xact_id()::text, true);
  RETURN NULL;
END $function$
;

CREATE OR REPLACE FUNCTION public.note_row_total()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
END $function$
;

CREATE TRIGGER api_lifecycle_change AFTER INSERT OR DELETE OR UPDATE ON api_lifecycle FOR EACH ROW EXECUTE FUNCTION note_feed_change();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON asset FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER row_total_less AFTER DELETE ON asset REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_row_total('-1');

CREATE TRIGGER row_total_more AFTER INSERT ON asset REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_row_total('1');

CREATE TRIGGER row_total_none AFTER TRUNCATE ON asset FOR EACH STATEMENT EXECUTE FUNCTION note_row_total();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON asset_source FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER audit_chain_goes_forward BEFORE UPDATE ON audit_chain FOR EACH ROW WHEN (new.chain <> old.chain OR new.events <> (old.events + 1)) EXECUTE FUNCTION audit_chain_goes_forward();

CREATE TRIGGER audit_chain_stays BEFORE DELETE OR TRUNCATE ON audit_chain FOR EACH STATEMENT EXECUTE FUNCTION audit_chain_goes_forward();

CREATE TRIGGER audit_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_event_is_append_only();

CREATE TRIGGER audit_event_chain BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_event_chain();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON check_definition FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON connection FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON cve_knowledge FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON finding FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER row_total_less AFTER DELETE ON finding REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_row_total('-1');

CREATE TRIGGER row_total_more AFTER INSERT ON finding REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_row_total('1');

CREATE TRIGGER row_total_none AFTER TRUNCATE ON finding FOR EACH STATEMENT EXECUTE FUNCTION note_row_total();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON finding_source FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON knowledge_feed FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON ot_advisory FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER forget_detection_events AFTER DELETE ON ot_detection REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_detection_events();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON ot_detection FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER row_total_less AFTER DELETE ON ot_detection REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_row_total('-1');

CREATE TRIGGER row_total_more AFTER INSERT ON ot_detection REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_row_total('1');

CREATE TRIGGER row_total_none AFTER TRUNCATE ON ot_detection FOR EACH STATEMENT EXECUTE FUNCTION note_row_total();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON ot_detection_text FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER forget_detections AFTER DELETE ON ot_host REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_detections();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON ot_host FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER row_total_less AFTER DELETE ON ot_host REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_row_total('-1');

CREATE TRIGGER row_total_more AFTER INSERT ON ot_host REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_row_total('1');

CREATE TRIGGER row_total_none AFTER TRUNCATE ON ot_host FOR EACH STATEMENT EXECUTE FUNCTION note_row_total();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON ot_project_file FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON ot_project_file_asset FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER release_note_change AFTER INSERT OR DELETE OR UPDATE ON release_note FOR EACH ROW EXECUTE FUNCTION note_feed_change();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON risk_acceptance FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON score_setting FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER list_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON tag FOR EACH STATEMENT EXECUTE FUNCTION note_list_change();

CREATE TRIGGER told_notice_change AFTER INSERT ON told_notice FOR EACH ROW EXECUTE FUNCTION note_feed_change();
