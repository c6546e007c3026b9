-- Exports of the log (openapi/evidence.v1.yaml). What they hold lies in blobs, encrypted, part by part: a part is a range of
-- leaves, and what was made of finished parts is never made again.

CREATE TABLE log_export (
  -- The exchange that asked for it.
  id uuid PRIMARY KEY,
  system_id text NOT NULL,
  acting_unit text NOT NULL,
  officer_id text NOT NULL,
  reach text NOT NULL CHECK (reach IN ('unit', 'province')),
  format text NOT NULL CHECK (format IN ('ndjson', 'csv')),
  filters jsonb NOT NULL CHECK (jsonb_typeof(filters) = 'object'),
  reason text NOT NULL,
  file_number text NOT NULL,
  -- The whole tree that it covers.
  size bigint NOT NULL CHECK (size > 0),
  note text NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done')),
  -- Leaves below this lie in finished parts.
  next_leaf bigint NOT NULL DEFAULT 0 CHECK (next_leaf BETWEEN 0 AND size),
  requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz,
  done_at timestamptz,
  expires_at timestamptz,
  -- Once it is done.
  manifest text,
  signature text,
  -- [{name, bytes, sha256}], content and proof.
  files jsonb,
  CHECK ((state = 'done') = (manifest IS NOT NULL AND signature IS NOT NULL AND files IS NOT NULL))
);
CREATE INDEX log_export_to_do ON log_export (id) WHERE state <> 'done';
CREATE INDEX log_export_expiring ON log_export (expires_at) WHERE state = 'done';
GRANT SELECT, INSERT, UPDATE, DELETE ON log_export TO :"hub_role";

CREATE TABLE log_export_part (
  export_id uuid NOT NULL REFERENCES log_export ON DELETE CASCADE,
  first_leaf bigint NOT NULL,
  -- Blobs of the lines of entries and proof; null where there are none.
  content_sha256 text,
  content_bytes bigint NOT NULL,
  proof_sha256 text,
  proof_bytes bigint NOT NULL,
  shown bigint NOT NULL,
  covered bigint NOT NULL,
  sealed bigint NOT NULL,
  withheld bigint NOT NULL,
  gone bigint NOT NULL,
  PRIMARY KEY (export_id, first_leaf),
  CHECK ((content_sha256 IS NULL) = (content_bytes = 0)),
  CHECK ((proof_sha256 IS NULL) = (proof_bytes = 0))
);
CREATE INDEX log_export_part_by_content ON log_export_part (content_sha256) WHERE content_sha256 IS NOT NULL;
CREATE INDEX log_export_part_by_proof ON log_export_part (proof_sha256) WHERE proof_sha256 IS NOT NULL;
GRANT SELECT, INSERT, DELETE ON log_export_part TO :"hub_role";

-- Entries that say what was purged are shown in every export.
CREATE INDEX entry_notice ON entry (id) WHERE kind = 'notice';

CREATE OR REPLACE VIEW named_blob AS
  SELECT sha256 FROM document_message WHERE purged_at IS NULL
  UNION ALL SELECT sha256 FROM axis_item WHERE state IN ('kept', 'orphan', 'failed')
  UNION ALL SELECT p.sha256 FROM portal_inbound_paper p JOIN portal_inbound i ON i.id = p.inbound_id WHERE i.purged_at IS NULL
  UNION ALL SELECT sha256 FROM payment_receipt WHERE form = 'pdf'
  UNION ALL SELECT content_sha256 FROM log_export_part WHERE content_sha256 IS NOT NULL
  UNION ALL SELECT proof_sha256 FROM log_export_part WHERE proof_sha256 IS NOT NULL;
-- Who deletes an export removes its blobs, unless something else names them.
GRANT SELECT ON named_blob TO :"hub_role";
