-- What sources tell beside the state (docs/decisions/0027-detections-end-with-a-reason.md), which tokens of queries ask for.
ALTER TABLE check_definition ADD COLUMN is_vendor_patchable boolean;
ALTER TABLE asset ADD COLUMN cloud_provider text;

-- {"typeDetected", "isDisabled", "isIgnored", "productVersion", "customNumbers"}, those that the source tells; null for none.
ALTER TABLE finding_source ADD COLUMN told jsonb;
-- Most sources tell nothing of the kind: looking for what they told is for nothing then.
CREATE INDEX finding_source_told ON finding_source (subscription_id, asset_id, fingerprint) WHERE told IS NOT NULL;

-- When the finding was first taken in. Of those that are there already that is not known: null.
ALTER TABLE finding ADD COLUMN ingested_at timestamptz;
ALTER TABLE finding ALTER COLUMN ingested_at SET DEFAULT now();
