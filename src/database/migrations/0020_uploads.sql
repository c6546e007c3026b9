-- Encrypted blobs have a key of their own, known by its fingerprint like the others.
ALTER TABLE hub_key DROP CONSTRAINT hub_key_kind_check;
ALTER TABLE hub_key ADD CONSTRAINT hub_key_kind_check CHECK (kind IN ('log', 'token', 'field', 'blob'));

-- Files that a unit sends in parts before it sends the document they belong to. An upload is used once, or expires.
CREATE TABLE upload (
  id uuid PRIMARY KEY,
  -- Whose it is; any system of the unit may go on with it.
  acting_unit text NOT NULL,
  -- Which one began it.
  system_id text NOT NULL,
  total_bytes bigint NOT NULL CHECK (total_bytes >= 0),
  -- What is synced to the disk, in parts.
  received_bytes bigint NOT NULL DEFAULT 0 CHECK (received_bytes BETWEEN 0 AND total_bytes),
  parts integer NOT NULL DEFAULT 0 CHECK (parts >= 0),
  -- Name and type of the file as the caller gave them, sealed with the field key: a name may tell of a person.
  sealed_metadata bytea NOT NULL,
  -- Of the whole, once it is there.
  sha256 bytea CHECK (length(sha256) = 32),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  -- When a document took it, in the transaction that accepted the document.
  taken_at timestamptz,
  CHECK ((received_bytes = total_bytes) = (sha256 IS NOT NULL)),
  CHECK (taken_at IS NULL OR sha256 IS NOT NULL)
);
CREATE INDEX upload_open ON upload (acting_unit) WHERE taken_at IS NULL;
CREATE INDEX upload_expiry ON upload (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON upload TO :"hub_role";

-- The bytes of one request each, a sealed file below BLOB_DIR/uploads.
CREATE TABLE upload_part (
  upload_id uuid NOT NULL REFERENCES upload ON DELETE CASCADE,
  from_byte bigint NOT NULL CHECK (from_byte >= 0),
  bytes bigint NOT NULL CHECK (bytes > 0),
  file_name text NOT NULL UNIQUE,
  PRIMARY KEY (upload_id, from_byte)
);
GRANT SELECT, INSERT, DELETE ON upload_part TO :"hub_role";
