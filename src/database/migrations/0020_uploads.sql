-- Encrypted blobs have a key of their own, known by its fingerprint like the others.
ALTER TABLE hub_key DROP CONSTRAINT hub_key_kind_check;
ALTER TABLE hub_key ADD CONSTRAINT hub_key_kind_check CHECK (kind IN ('log', 'token', 'field', 'blob'));
