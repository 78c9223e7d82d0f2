-- The dates that sources gave themselves to what they found (docs/decisions/0024-identity-and-life-cycle.md). Where told_last
-- stands, the times of the source's runs do not count as when it was seen last.
ALTER TABLE finding_source ADD COLUMN told_first timestamptz, ADD COLUMN told_last timestamptz;

-- The run that closed it, where last_fixed is such a date.
ALTER TABLE finding ADD COLUMN closed_at timestamptz;

-- Of what is PROTECTED: runs of one time only have shown it. That was told by its dates, which are the sources' own now.
ALTER TABLE finding ADD COLUMN is_one_time boolean NOT NULL DEFAULT false;
UPDATE finding SET is_one_time = true WHERE status = 'PROTECTED' AND first_found = last_found;
