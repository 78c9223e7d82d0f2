-- Why an advisory counts no more; null: it does (docs/decisions/0027-detections-end-with-a-reason.md).
ALTER TABLE ot_advisory ADD COLUMN withdrawal text;

-- Why a detection ended; null for what else became of it.
ALTER TABLE ot_detection_event ADD COLUMN reason text;

-- Hosts have keys that they had not when they were matched last.
UPDATE ot_match SET is_due = true WHERE NOT is_due;

-- Checking each product's advisory was nine tenths of the time that an import of thousands took: the check is planned while
-- the table is empty. Advisories are never deleted but with their subscription.
ALTER TABLE ot_advisory_product
  DROP CONSTRAINT ot_advisory_product_subscription_id_advisory_id_fkey,
  ADD FOREIGN KEY (subscription_id) REFERENCES subscription ON DELETE CASCADE;

-- Looked up for every host that is matched and every advisory that is read: five times as fast without the pending list.
ALTER INDEX ot_advisory_product_by_key SET (fastupdate = off);
ALTER INDEX ot_match_by_key SET (fastupdate = off);
SELECT gin_clean_pending_list('ot_advisory_product_by_key'), gin_clean_pending_list('ot_match_by_key');
