-- "Not listed" is known once a whole feed was loaded (docs/decisions/0018-knowledge-and-scores.md).

-- When a whole one was loaded last; null: never. What a part does not list may be listed all the same.
ALTER TABLE knowledge_feed ADD COLUMN whole_at timestamptz;
UPDATE knowledge_feed SET whole_at = loaded_at WHERE is_complete;
