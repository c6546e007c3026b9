-- Entries that tell of the log itself: its keys, what was purged or is held, that it was restored.
ALTER TABLE entry DROP CONSTRAINT entry_kind_check;
ALTER TABLE entry ADD CONSTRAINT entry_kind_check
  CHECK (kind IN ('opened', 'closed', 'unknown', 'resolved', 'refused', 'refusals', 'step', 'notice'));
