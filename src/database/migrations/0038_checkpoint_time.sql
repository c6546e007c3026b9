-- A day is a range of leaves by the heads that were signed at its ends.
CREATE INDEX checkpoint_by_time ON checkpoint (signed_at, size);
