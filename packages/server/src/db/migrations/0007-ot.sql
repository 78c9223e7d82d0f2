-- Advisories, OT detections, project files, events.

-- ==== Project files (docs/decisions/0020-project-files.md) ====

-- One row per project: a newer file of it takes the place of an older one. One that could not be read has no project.
CREATE TABLE ot_project_file (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  -- Addresses that the file names are unique within it.
  network text NOT NULL,
  -- What all files of one project have, and no other's; null: the file could not be read.
  project_key text,
  name text NOT NULL,
  extension text NOT NULL,
  vendor text,
  status text NOT NULL CHECK (status IN ('PROCESSED', 'PARTIAL', 'FAILED')),
  -- SHA-256, lower-case hexadecimal.
  file_hash text NOT NULL,
  engineering_tool_name text,
  engineering_tool_version text,
  plant_location text,
  uploaded_by text NOT NULL,
  -- When the engineering tool saved it; when it was imported, where the file does not tell.
  saved_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  job_id uuid NOT NULL,
  PRIMARY KEY (subscription_id, id)
);
CREATE UNIQUE INDEX ot_project_file_project ON ot_project_file (subscription_id, network, project_key);
CREATE INDEX ot_project_file_hash ON ot_project_file (subscription_id, network, file_hash);

-- What a project file says about each host it names. ot_evidence holds what all of them say together.
CREATE TABLE ot_project_file_asset (
  subscription_id integer NOT NULL,
  project_file_id uuid NOT NULL,
  asset_id bigint NOT NULL,
  -- Place of the host in the file; several of them may turn out to be one asset.
  ordinal integer NOT NULL,
  -- [Statement] of domain/src/ot.
  statements jsonb NOT NULL,
  -- The part of the project's tree that belongs to the host, itself first.
  modules jsonb NOT NULL,
  PRIMARY KEY (subscription_id, project_file_id, ordinal),
  FOREIGN KEY (subscription_id, project_file_id) REFERENCES ot_project_file ON DELETE CASCADE,
  FOREIGN KEY (subscription_id, asset_id) REFERENCES asset ON DELETE CASCADE
);
CREATE INDEX ot_project_file_asset_by_asset ON ot_project_file_asset (subscription_id, asset_id, project_file_id);

-- False: the version is a configured one, which the keying does not hold the installed module to. The same member stands
-- in each of `modules`.
ALTER TABLE ot_host ADD COLUMN firmware_is_proven boolean NOT NULL DEFAULT true;

ALTER TABLE import_job
  -- Kinds of file that the caller may import; null: any.
  ADD COLUMN accepted_kinds text[],
  ADD COLUMN plant_location text;

-- ==== Advisories and detections (docs/decisions/0021-advisory-matching.md) ====

CREATE TABLE ot_advisory (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  -- The publisher's identifier.
  id text NOT NULL,
  -- Own number, from 9000000; an advisory keeps it for good.
  qid integer NOT NULL,
  title text NOT NULL,
  url text,
  publisher text NOT NULL,
  version text NOT NULL,
  is_final boolean NOT NULL,
  released_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  impact text NOT NULL,
  -- Of the advisory as it was read; the same again changes nothing.
  digest bytea NOT NULL,
  -- [AdvisoryVulnerability] of domain/src/ot/advisories, without standings.
  vulnerabilities jsonb NOT NULL,
  cve_ids text[] NOT NULL,
  imported_at timestamptz NOT NULL,
  PRIMARY KEY (subscription_id, id)
);
CREATE UNIQUE INDEX ot_advisory_qid ON ot_advisory (subscription_id, qid);

-- What can be matched of an advisory: one row per product that can be recognised.
CREATE TABLE ot_advisory_product (
  subscription_id integer NOT NULL,
  advisory_id text NOT NULL,
  ordinal integer NOT NULL,
  keys text[] NOT NULL,
  -- CompiledProduct of domain/src/ot/advisories.
  content jsonb NOT NULL,
  PRIMARY KEY (subscription_id, advisory_id, ordinal),
  FOREIGN KEY (subscription_id, advisory_id) REFERENCES ot_advisory ON DELETE CASCADE
);
CREATE INDEX ot_advisory_product_by_key ON ot_advisory_product USING gin (keys);

-- Keys by which advisories name a host, and whether it waits to be matched.
CREATE TABLE ot_match (
  subscription_id integer NOT NULL,
  asset_id bigint NOT NULL,
  keys text[] NOT NULL DEFAULT '{}',
  is_due boolean NOT NULL DEFAULT true,
  PRIMARY KEY (subscription_id, asset_id),
  FOREIGN KEY (subscription_id, asset_id) REFERENCES ot_host ON DELETE CASCADE
);
CREATE INDEX ot_match_by_key ON ot_match USING gin (keys);
CREATE INDEX ot_match_due ON ot_match (subscription_id, asset_id) WHERE is_due;
INSERT INTO ot_match (subscription_id, asset_id) SELECT subscription_id, asset_id FROM ot_host;

CREATE TABLE ot_detection (
  subscription_id integer NOT NULL,
  uuid uuid NOT NULL DEFAULT gen_random_uuid(),
  asset_id bigint NOT NULL,
  advisory_id text NOT NULL,
  is_confirmed boolean NOT NULL,
  status text NOT NULL CHECK (status IN ('NEW', 'ACTIVE', 'FIXED', 'REOPENED')),
  severity smallint NOT NULL,
  cve_ids text[] NOT NULL,
  -- Of the findings that it makes, one per vulnerability.
  fingerprints uuid[] NOT NULL,
  cvss_base real,
  cvss3_base real,
  cvss4_base real,
  threat text NOT NULL,
  solution text NOT NULL,
  -- [{cveId, verdict, …MatchEvidence}]
  evidence jsonb NOT NULL,
  first_detected timestamptz NOT NULL,
  last_detected timestamptz NOT NULL,
  last_fixed timestamptz,
  reopened_at timestamptz,
  PRIMARY KEY (subscription_id, uuid),
  FOREIGN KEY (subscription_id, asset_id) REFERENCES ot_host ON DELETE CASCADE,
  FOREIGN KEY (subscription_id, advisory_id) REFERENCES ot_advisory
);
CREATE UNIQUE INDEX ot_detection_identity ON ot_detection (subscription_id, asset_id, advisory_id, is_confirmed);
CREATE INDEX ot_detection_by_advisory ON ot_detection (subscription_id, advisory_id);

-- What became of a detection, and when.
CREATE TABLE ot_detection_event (
  subscription_id integer NOT NULL,
  detection_uuid uuid NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL,
  status text NOT NULL,
  type_detected text NOT NULL,
  cve_ids text[] NOT NULL,
  PRIMARY KEY (subscription_id, detection_uuid, id),
  FOREIGN KEY (subscription_id, detection_uuid) REFERENCES ot_detection ON DELETE CASCADE
);

-- ==== Process-integrity events (docs/decisions/0022-process-integrity-events.md) ====

-- What somebody did to a controller: loaded a program or a firmware, changed its mode, stopped or started it.
CREATE TABLE ot_event (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- Addresses are unique within a network only.
  network text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('START', 'STOP', 'MODE_CHANGE', 'RESET', 'PROGRAM_DOWNLOAD', 'PROGRAM_UPLOAD',
    'FIRMWARE_DOWNLOAD')),
  protocol text NOT NULL,
  client text NOT NULL,
  server text NOT NULL,
  detail text NOT NULL,
  -- Messages of the one event, and its first and last.
  message_count bigint NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  -- Where it was read: the import and the frame that began it.
  job_id uuid NOT NULL,
  frame bigint NOT NULL,
  -- When it was imported last: the retention counts from then.
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (subscription_id, id),
  -- The same capture twice tells the same events.
  UNIQUE (subscription_id, network, server, client, protocol, kind, started_at)
);
CREATE INDEX ot_event_by_start ON ot_event (subscription_id, started_at, id);
CREATE INDEX ot_event_by_record ON ot_event (recorded_at);
