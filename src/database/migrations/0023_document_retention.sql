-- What a message says is kept for a stated time only: then its sealed form and its blob go, and its row, deliveries and
-- entries stay.
ALTER TABLE document_message ALTER form DROP NOT NULL;
ALTER TABLE document_message ADD COLUMN purged_at timestamptz
  CONSTRAINT document_message_purged_check CHECK ((purged_at IS NULL) = (form IS NOT NULL));
CREATE INDEX document_message_kept ON document_message (accepted_at) WHERE purged_at IS NULL;
CREATE INDEX document_message_by_blob ON document_message (sha256) WHERE purged_at IS NULL;
