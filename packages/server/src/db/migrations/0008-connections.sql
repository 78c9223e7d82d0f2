-- Settings of connections, and their end (etm.md 4).

ALTER TABLE connection
  -- What a complete run no longer shows stays open.
  ADD COLUMN retain_missing boolean NOT NULL DEFAULT false,
  -- CsvMapping of formats/src/scanners/generic-csv, and whether it goes before the formats that are known.
  ADD COLUMN csv_mapping jsonb,
  -- Deleted: its name is free, and the row stays as the source of what was said by it.
  ADD COLUMN deleted_at timestamptz,
  -- Deleted, and nothing that it said counts as present any more.
  ADD COLUMN ended_at timestamptz;
DROP INDEX connection_name;
CREATE UNIQUE INDEX connection_name ON connection (subscription_id, lower(name)) WHERE deleted_at IS NULL;
CREATE INDEX connection_ending ON connection (deleted_at) WHERE deleted_at IS NOT NULL AND ended_at IS NULL;

-- The connection's mapping when the file was uploaded: a resumed job reads as it began.
ALTER TABLE import_job ADD COLUMN csv_mapping jsonb;
