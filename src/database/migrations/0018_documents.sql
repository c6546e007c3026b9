-- Documents and statuses between agencies. What a message says is sealed (`form`) or lies in an encrypted blob; columns
-- hold codes, numbers and times only.

CREATE TABLE document_message (
  -- UUIDv7
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('document', 'status')),
  origin text NOT NULL CHECK (origin IN ('inside', 'axis')),
  -- The call that it came by, and its place there; absent from the axis.
  exchange_id uuid,
  item integer NOT NULL DEFAULT 0,
  -- The original bytes: of a document a blob, of a status `small`.
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint NOT NULL CHECK (bytes > 0),
  -- Where a hop's TraceHeader is spliced in (adapters/document-axis/edxml).
  trace jsonb,
  -- DocumentId; of a status, that of the document it is about.
  document_id text NOT NULL CHECK (length(document_id) BETWEEN 1 AND 250),
  -- What must not be overtaken: the document at the beginning of all this.
  thread text NOT NULL CHECK (length(thread) BETWEEN 1 AND 300),
  -- 0 new, 1 revoke, 2 update, 3 replace.
  business_type smallint CHECK (business_type BETWEEN 0 AND 3),
  status_code text CHECK (length(status_code) BETWEEN 1 AND 10),
  sender_code text NOT NULL CHECK (length(sender_code) BETWEEN 1 AND 200),
  -- Of ours.
  sender_unit text,
  system_id text,
  -- number/notation
  code text CHECK (length(code) <= 100),
  promulgation_date date,
  priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 4),
  -- JSON of the structured form with its attachments' places, AES-256-GCM (src/registry/sealed-text.ts, context
  -- `document ‖ id`).
  form bytea NOT NULL,
  attachments integer NOT NULL DEFAULT 0,
  -- SHA-256 of what was asked, without the form in which it came: a repeat is compared with it.
  asked_sha256 text CHECK (asked_sha256 ~ '^[0-9a-f]{64}$'),
  -- The bytes of a status, a kilobyte or two, sealed like `form` (context `status bytes ‖ id`): a file with its sync for
  -- each would cost more than all the rest of it.
  small bytea,
  accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (kind = 'status' OR small IS NULL),
  CHECK ((kind = 'document') = (business_type IS NOT NULL)),
  CHECK ((kind = 'status') = (status_code IS NOT NULL))
);
CREATE INDEX document_message_by_document ON document_message (document_id, kind);
-- A status names a document by its issuer's code, its number and its day where it names no DocumentId that is known.
CREATE INDEX document_message_by_code ON document_message (code, promulgation_date) WHERE kind = 'document';
CREATE INDEX document_message_sent ON document_message (sender_unit, kind, accepted_at DESC, id);
CREATE UNIQUE INDEX document_message_by_exchange ON document_message (exchange_id, item) WHERE exchange_id IS NOT NULL;
GRANT SELECT, INSERT ON document_message TO :"hub_role";

-- Who has what: a document reaches a receiver once, whatever comes twice.
CREATE TABLE document_received (
  document_id text NOT NULL,
  business_type smallint NOT NULL,
  -- A unit's id, or the directory's key of an agency outside.
  receiver text NOT NULL,
  message_id uuid NOT NULL,
  delivery_id uuid NOT NULL,
  PRIMARY KEY (document_id, business_type, receiver)
);
CREATE INDEX document_received_by_delivery ON document_received (delivery_id);
GRANT SELECT, INSERT ON document_received TO :"hub_role";

-- What has been said about a document's delivery, in the order in which it was recorded.
CREATE TABLE document_status (
  -- The message that said it.
  message_id uuid PRIMARY KEY,
  no bigint GENERATED ALWAYS AS IDENTITY,
  -- The document's delivery that it is about; absent while nothing fits (orphan).
  delivery_id uuid,
  document_id text NOT NULL,
  from_code text NOT NULL,
  to_code text NOT NULL,
  -- 01-06, 13, 15, 16, or another as it came; and the text received where it was another.
  code text NOT NULL,
  raw_code text,
  said_at timestamptz,
  -- out-of-order, repeated, unknown-code, corrected-code, orphan, …
  flags text[] NOT NULL DEFAULT '{}',
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX document_status_by_delivery ON document_status (delivery_id, no) WHERE delivery_id IS NOT NULL;
CREATE INDEX document_status_orphans ON document_status (recorded_at) WHERE delivery_id IS NULL;
GRANT SELECT, INSERT, UPDATE (delivery_id, flags) ON document_status TO :"hub_role";

-- Where a delivery of a document stands with its receiver, by what was said.
CREATE TABLE document_state (
  delivery_id uuid PRIMARY KEY,
  message_id uuid NOT NULL,
  -- The furthest of 01-06 that was said; absent: sent only.
  status text,
  -- Of a status 13 or of a later document that revokes, updates or replaces this one. Nothing is ever changed by it.
  change text CHECK (change IN ('asked', 'agreed', 'refused')),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, UPDATE ON document_state TO :"hub_role";

-- Answers of calls that accept many things, for their repeat: ids only.
CREATE TABLE document_call (
  exchange_id uuid PRIMARY KEY,
  answer jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT ON document_call TO :"hub_role";

-- Items of the axis' queues that this hub has seen, by the axis' own id.
CREATE TABLE axis_item (
  doc_id text PRIMARY KEY CHECK (length(doc_id) BETWEEN 1 AND 100),
  kind text NOT NULL CHECK (kind IN ('document', 'status')),
  -- `kept`: could not be read or has no receiver here; it is listed with its reason and not acknowledged as done.
  -- `orphan`: a status about a document that is not here; looked for again before it is failed.
  state text NOT NULL CHECK (state IN ('accepted', 'repeated', 'kept', 'orphan', 'failed')),
  message_id uuid,
  -- The bytes as received: a blob, or those of the message in `message_id`.
  sha256 text,
  bytes bigint,
  to_code text,
  from_code text,
  -- Why it was not accepted: a stable word of the reader, and where.
  fault text,
  place text,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  tried_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 1,
  -- What the axis was told (`done`, `fail`), and when.
  told text CHECK (told IN ('done', 'fail')),
  told_at timestamptz
);
CREATE INDEX axis_item_kept ON axis_item (seen_at, doc_id) WHERE state IN ('kept', 'orphan', 'failed');
CREATE INDEX axis_item_untold ON axis_item (seen_at) WHERE told IS NULL;
GRANT SELECT, INSERT, UPDATE ON axis_item TO :"hub_role";
