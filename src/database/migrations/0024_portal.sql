-- The public-service portal: the catalogue that we serve ourselves, what units said of their dossiers, and dossiers that
-- the portal handed to us. A change is one record that a unit submitted; its delivery carries the same id. What people are
-- named in lies sealed in `form`; columns hold facts of the process only.

CREATE TABLE portal_sync (
  id uuid PRIMARY KEY,
  cause text NOT NULL CHECK (cause IN ('daily', 'demand')),
  state text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  -- Where it stands: {"lists": {"procedure": {"page": 3, "read": 600, "total": 2225, "isDone": false, …}, …}, "contents": …};
  -- a process that takes it up again goes on from there, and writes only over the progress that it knows.
  progress jsonb NOT NULL,
  changes jsonb,
  version bigint,
  problem text,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  CHECK ((state = 'running') = (ended_at IS NULL)),
  CHECK ((state = 'done') = (version IS NOT NULL))
);
CREATE UNIQUE INDEX portal_sync_running ON portal_sync ((true)) WHERE state = 'running';
CREATE INDEX portal_sync_latest ON portal_sync (started_at DESC);
GRANT SELECT, INSERT, UPDATE ON portal_sync TO :"hub_role";

-- Exchanges that asked for one, and which they were answered: a repeat is answered the same.
CREATE TABLE portal_sync_demand (
  exchange_id uuid PRIMARY KEY,
  sync_id uuid NOT NULL REFERENCES portal_sync
);
GRANT SELECT, INSERT ON portal_sync_demand TO :"hub_role";

-- What a running synchronisation has read.
CREATE TABLE portal_staged (
  sync_id uuid NOT NULL REFERENCES portal_sync ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('procedure', 'field', 'agency', 'result-paper')),
  code text NOT NULL CHECK (length(code) BETWEEN 1 AND 200),
  name text NOT NULL,
  parent text,
  level text,
  content jsonb,
  PRIMARY KEY (sync_id, kind, code)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON portal_staged TO :"hub_role";

-- One row a state of the catalogue that was found; the newest is what we serve.
CREATE TABLE portal_version (
  version bigint PRIMARY KEY CHECK (version > 0),
  sync_id uuid NOT NULL REFERENCES portal_sync,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT ON portal_version TO :"hub_role";

CREATE TABLE portal_entry (
  kind text NOT NULL CHECK (kind IN ('procedure', 'field', 'agency', 'result-paper')),
  code text NOT NULL CHECK (length(code) BETWEEN 1 AND 200),
  name text NOT NULL,
  -- Name and code without diacritics, in lower case: src/services/documents/directory/words.ts
  folded text NOT NULL,
  parent text,
  level text,
  -- Of a procedure; null: the portal lists it but did not show it.
  content jsonb,
  -- Out of the content, for lists and for filters in the form of `folded`.
  fields text[] NOT NULL DEFAULT '{}',
  agency text,
  folded_fields text[] NOT NULL DEFAULT '{}',
  folded_agency text,
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  added_in bigint NOT NULL,
  changed_in bigint NOT NULL,
  withdrawn_in bigint,
  PRIMARY KEY (kind, code)
);
GRANT SELECT, INSERT, UPDATE ON portal_entry TO :"hub_role";

CREATE TABLE portal_entry_change (
  version bigint NOT NULL REFERENCES portal_version,
  kind text NOT NULL,
  code text NOT NULL,
  change text NOT NULL CHECK (change IN ('added', 'changed', 'withdrawn', 'restored')),
  members text[] NOT NULL,
  name text,
  earlier_name text,
  PRIMARY KEY (version, kind, code)
);
GRANT SELECT, INSERT ON portal_entry_change TO :"hub_role";

CREATE TABLE portal_dossier (
  code text PRIMARY KEY CHECK (length(code) BETWEEN 1 AND 80),
  -- The unit of ours that speaks for it: the first that submitted it, then its heir.
  unit_id text NOT NULL,
  -- What the last change with a dossier said, for lists and figures.
  procedure_code text,
  status smallint CHECK (status BETWEEN 1 AND 10),
  channel text,
  received_at timestamptz,
  due_at timestamptz,
  finished_at timestamptz,
  returned_at timestamptz,
  refused_at timestamptz,
  has_result boolean NOT NULL DEFAULT false,
  is_paid_online boolean NOT NULL DEFAULT false,
  supplements smallint NOT NULL DEFAULT 0,
  -- Codes of what hurts the score in it.
  score text[] NOT NULL DEFAULT '{}',
  first_said_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_no integer NOT NULL CHECK (last_no > 0),
  -- Changes before this number are those of the unit that had the dossier before.
  from_no integer NOT NULL DEFAULT 1 CHECK (from_no > 0),
  last_dossier_change uuid,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Since when the portal is known to have it.
  at_portal_since timestamptz,
  synchronised_at timestamptz
);
CREATE INDEX portal_dossier_by_unit ON portal_dossier (unit_id, changed_at DESC, code);
-- The repair list for the score: few of a unit's dossiers.
CREATE INDEX portal_dossier_score ON portal_dossier (unit_id, last_dossier_change) WHERE score <> '{}';
-- Those of which nothing was ever synchronised: what waits for the first time, and what was withdrawn.
CREATE INDEX portal_dossier_never ON portal_dossier (unit_id, changed_at DESC, code) WHERE synchronised_at IS NULL;
CREATE INDEX portal_dossier_received ON portal_dossier (unit_id, received_at);
GRANT SELECT, INSERT, UPDATE ON portal_dossier TO :"hub_role";

CREATE TABLE portal_change (
  -- UUIDv7; also the id and the subject of its delivery.
  id uuid PRIMARY KEY,
  dossier_code text NOT NULL REFERENCES portal_dossier,
  -- Its place among the changes of the dossier.
  no integer NOT NULL CHECK (no > 0),
  unit_id text NOT NULL,
  system_id text NOT NULL,
  -- The exchange that submitted it, and its place in the request.
  exchange_id uuid NOT NULL,
  record_no integer NOT NULL CHECK (record_no >= 0),
  has_dossier boolean NOT NULL,
  lines integer NOT NULL CHECK (lines >= 0),
  status smallint CHECK (status BETWEEN 1 AND 10),
  -- Sealed: the record as it was submitted.
  form bytea,
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  -- [{code, severity, where}]: places, never values.
  findings jsonb NOT NULL,
  catalogue_version bigint NOT NULL,
  -- How far it has come at the portal.
  dossier_done_at timestamptz,
  lines_done integer NOT NULL DEFAULT 0,
  -- Sent, and not known whether it was stored: to be looked up first.
  is_unsure boolean NOT NULL DEFAULT false,
  done_at timestamptz,
  -- Of a refusal by the portal.
  portal_code text,
  refused_where text[],
  corrects uuid REFERENCES portal_change,
  corrected_by uuid REFERENCES portal_change,
  withdrawn_at timestamptz,
  accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  purged_at timestamptz,
  UNIQUE (dossier_code, no),
  UNIQUE (exchange_id, record_no),
  CHECK (has_dossier OR lines > 0),
  CHECK (lines_done <= lines),
  CHECK ((purged_at IS NULL) = (form IS NOT NULL))
);
-- What may be at the portal though its change was given up: the next change looks it up.
CREATE INDEX portal_change_unsure ON portal_change (dossier_code) WHERE is_unsure;
CREATE UNIQUE INDEX portal_change_corrects ON portal_change (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX portal_change_open ON portal_change (unit_id, accepted_at)
  WHERE done_at IS NULL AND withdrawn_at IS NULL AND corrected_by IS NULL;
GRANT SELECT, INSERT, UPDATE ON portal_change TO :"hub_role";

CREATE TABLE portal_inbound (
  id uuid PRIMARY KEY,
  -- The portal's own reference: a repeat is known by it.
  reference text NOT NULL UNIQUE CHECK (length(reference) BETWEEN 1 AND 200),
  unit_id text NOT NULL,
  unit_code text NOT NULL,
  procedure_code text,
  filed_at timestamptz,
  -- Sealed: the dossier, names of its papers and further fields.
  form bytea,
  papers integer NOT NULL CHECK (papers >= 0),
  -- Of all that came, but for the way it was written.
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  delivery_id uuid NOT NULL UNIQUE,
  exchange_id uuid NOT NULL,
  repeats integer NOT NULL DEFAULT 0,
  -- Same reference, other content: kept count, never replaced.
  differing_repeats integer NOT NULL DEFAULT 0,
  arrived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  purged_at timestamptz,
  CHECK ((purged_at IS NULL) = (form IS NOT NULL))
);
CREATE INDEX portal_inbound_by_unit ON portal_inbound (unit_id, arrived_at);
GRANT SELECT, INSERT, UPDATE ON portal_inbound TO :"hub_role";

-- Its papers, each a blob; their names are in the form.
CREATE TABLE portal_inbound_paper (
  inbound_id uuid NOT NULL REFERENCES portal_inbound,
  no integer NOT NULL CHECK (no > 0),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY (inbound_id, no)
);
GRANT SELECT, INSERT ON portal_inbound_paper TO :"hub_role";
