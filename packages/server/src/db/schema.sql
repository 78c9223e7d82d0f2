-- The schema that the migrations amount to. Generated; do not edit.

CREATE TABLE api_lifecycle (
  api text NOT NULL,
  deprecated_at timestamp with time zone,
  eos_at timestamp with time zone,
  eol_at timestamp with time zone,
  successor text,
  is_edited boolean NOT NULL DEFAULT false,
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
  CONSTRAINT app_user_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT app_user_status_check CHECK (status = ANY (ARRAY['ACTIVE'::text, 'INACTIVE'::text, 'LOCKED'::text])),
  CONSTRAINT app_user_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE,
  CONSTRAINT app_user_subscription_id_role_id_fkey FOREIGN KEY (subscription_id, role_id) REFERENCES role(subscription_id, id)
);
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
  CONSTRAINT asset_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT asset_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
) WITH (fillfactor=85);
CREATE INDEX asset_by_tag ON public.asset USING gin (tag_ids);
CREATE INDEX asset_ot_by_name ON public.asset USING btree (subscription_id, name, id) WHERE is_ot;
CREATE INDEX asset_ot_by_risk ON public.asset USING btree (subscription_id, risk, id) WHERE is_ot;
CREATE INDEX asset_ot_by_update ON public.asset USING btree (subscription_id, updated_at, id) WHERE is_ot;

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
  CONSTRAINT asset_source_pkey PRIMARY KEY (subscription_id, asset_id, connection_id),
  CONSTRAINT asset_source_subscription_id_asset_id_fkey FOREIGN KEY (subscription_id, asset_id) REFERENCES asset(subscription_id, id) ON DELETE CASCADE,
  CONSTRAINT asset_source_subscription_id_connection_id_fkey FOREIGN KEY (subscription_id, connection_id) REFERENCES connection(subscription_id, id) ON DELETE CASCADE
) WITH (fillfactor=70);

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
  CONSTRAINT audit_event_pkey PRIMARY KEY (id),
  CONSTRAINT audit_event_result_check CHECK (result = ANY (ARRAY['success'::text, 'failure'::text]))
);
CREATE INDEX audit_event_by_time ON public.audit_event USING btree (subscription_id, id DESC);

CREATE TABLE check_definition (
  subscription_id integer NOT NULL,
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  product text NOT NULL,
  vendor_id text NOT NULL,
  digest bytea NOT NULL,
  described_at timestamp with time zone NOT NULL,
  qds smallint NOT NULL,
  title text NOT NULL,
  description text NOT NULL,
  solution text NOT NULL,
  severity smallint NOT NULL,
  source_severity text NOT NULL,
  family text,
  cve_ids text[] NOT NULL DEFAULT '{}'::text[],
  cwe_ids text[] NOT NULL DEFAULT '{}'::text[],
  cvss jsonb NOT NULL DEFAULT '[]'::jsonb,
  cvss_base real,
  reference_urls text[] NOT NULL DEFAULT '{}'::text[],
  published_at timestamp with time zone,
  patch_published_at timestamp with time zone,
  is_exploit_available boolean,
  is_patch_available boolean,
  CONSTRAINT check_definition_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT check_definition_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX check_definition_key ON public.check_definition USING btree (subscription_id, product, vendor_id);

CREATE TABLE connection (
  subscription_id integer NOT NULL,
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  product text NOT NULL,
  network text NOT NULL DEFAULT 'default'::text,
  is_complete boolean NOT NULL DEFAULT true,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT connection_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT connection_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX connection_name ON public.connection USING btree (subscription_id, lower(name));

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
  CONSTRAINT finding_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT finding_status_check CHECK (status = ANY (ARRAY['NEW'::text, 'ACTIVE'::text, 'REOPENED'::text, 'FIXED'::text, 'PROTECTED'::text, 'RETEST'::text]))
) WITH (fillfactor=50);
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
  CONSTRAINT finding_source_pkey PRIMARY KEY (subscription_id, asset_id, fingerprint, connection_id, check_id)
) WITH (fillfactor=90);

CREATE TABLE import_asset (
  subscription_id integer NOT NULL,
  job_id uuid NOT NULL,
  asset_id bigint NOT NULL,
  seen_from timestamp with time zone NOT NULL,
  seen_to timestamp with time zone NOT NULL,
  digest bytea NOT NULL,
  has_fresh boolean NOT NULL,
  matched_by text,
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
  CONSTRAINT import_job_pkey PRIMARY KEY (subscription_id, id),
  CONSTRAINT import_job_status_check CHECK (status = ANY (ARRAY['REQUESTED'::text, 'IN_PROGRESS'::text, 'COMPLETED'::text, 'FAILED'::text])),
  CONSTRAINT import_job_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE
);
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
  CONSTRAINT ot_host_pkey PRIMARY KEY (subscription_id, asset_id),
  CONSTRAINT ot_host_subscription_id_asset_id_fkey FOREIGN KEY (subscription_id, asset_id) REFERENCES asset(subscription_id, id) ON DELETE CASCADE
);

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
  CONSTRAINT report_format_check CHECK (format = ANY (ARRAY['JSON'::text, 'CSV'::text, 'JSONL'::text, 'PARQUET'::text])),
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

CREATE TABLE schema_migration (
  number integer NOT NULL,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT schema_migration_pkey PRIMARY KEY (number)
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

CREATE TABLE subscription (
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  service_level text NOT NULL DEFAULT 'Standard'::text,
  rate_limit integer,
  rate_window_sec integer,
  concurrency_limit integer,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT subscription_pkey PRIMARY KEY (id),
  CONSTRAINT subscription_concurrency_limit_check CHECK (concurrency_limit > 0),
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
CREATE UNIQUE INDEX tag_name ON public.tag USING btree (subscription_id, lower(name));

CREATE OR REPLACE FUNCTION public.audit_event_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION 'audit_event is append-only';
END $function$
;

CREATE TRIGGER audit_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_event_is_append_only();
