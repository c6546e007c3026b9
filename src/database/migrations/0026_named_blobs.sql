-- Blobs that something names: whatever is not here, and was not touched for a day, is removed. A table that names blobs is
-- added here.
CREATE INDEX portal_inbound_paper_by_blob ON portal_inbound_paper (sha256);
CREATE INDEX payment_receipt_by_blob ON payment_receipt (sha256) WHERE form = 'pdf';
CREATE VIEW named_blob AS
  SELECT sha256 FROM document_message WHERE purged_at IS NULL
  UNION ALL SELECT sha256 FROM axis_item WHERE state IN ('kept', 'orphan', 'failed')
  UNION ALL SELECT p.sha256 FROM portal_inbound_paper p JOIN portal_inbound i ON i.id = p.inbound_id WHERE i.purged_at IS NULL
  UNION ALL SELECT sha256 FROM payment_receipt WHERE form = 'pdf';
