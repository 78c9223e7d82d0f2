-- A feed that changes little has only the findings of those CVEs scored again (docs/decisions/0018-knowledge-and-scores.md).
ALTER TABLE score_walk
  -- Null: not all assets are to be gone through.
  ALTER COLUMN done_up_to DROP NOT NULL,
  -- CVEs whose findings are to be listed, the findings that are, how many these are, and how many of them are done.
  ADD COLUMN cve_ids text[] NOT NULL DEFAULT '{}',
  ADD COLUMN finding_ids bigint[] NOT NULL DEFAULT '{}',
  ADD COLUMN findings_listed integer NOT NULL DEFAULT 0,
  ADD COLUMN findings_done integer NOT NULL DEFAULT 0,
  -- Each step reads it: unpacking took ten times as long.
  ALTER COLUMN finding_ids SET STORAGE EXTERNAL;
