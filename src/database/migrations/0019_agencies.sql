-- Agencies outside the province as the lists of the document axis show them (document-axis.md 4.3). Units of ours are in
-- the registry. The hub's own role writes; nothing is deleted: what is over has an end.

-- Substrings of names by an index; a trusted extension, so the owner of the database may make it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- One row for each version: another name, parent or code begins a new one.
CREATE TABLE agency (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The same through all versions: `id:` and the id of the axis, or `code:` and the code where only a list of codes names it.
  key text NOT NULL CHECK (length(key) BETWEEN 4 AND 210),
  code text NOT NULL CHECK (length(code) BETWEEN 1 AND 200),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 1000),
  -- Name and code in lower case without diacritics: src/services/documents/directory/words.ts
  search text NOT NULL,
  parent_id text,
  mail text,
  centre text,
  is_agency boolean,
  -- As the axis wrote them.
  axis_version bigint,
  modified text,
  -- The axis itself says that it has ended.
  is_deleted boolean NOT NULL DEFAULT false,
  -- Whether the list with the history (getSynchronizeUnit) names it: then the lists of codes say nothing of its name.
  has_history boolean NOT NULL,
  valid_from instant NOT NULL,
  -- The same as valid_from where it had ended before it was first seen.
  valid_to instant CHECK (valid_to >= valid_from)
);
CREATE UNIQUE INDEX agency_open ON agency (key) WHERE valid_to IS NULL;
CREATE INDEX agency_by_key ON agency (key, valid_from);
CREATE INDEX agency_by_code ON agency (code COLLATE "C", key COLLATE "C");
CREATE INDEX agency_by_parent ON agency (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX agency_search ON agency USING gin (search gin_trgm_ops);

-- The codes of an agency, old and new, all of them from the axis: none is computed from another.
CREATE TABLE agency_code (
  key text NOT NULL,
  code text NOT NULL CHECK (length(code) BETWEEN 1 AND 200),
  valid_from instant NOT NULL,
  valid_to instant CHECK (valid_to >= valid_from),
  PRIMARY KEY (key, code, valid_from)
);
CREATE UNIQUE INDEX agency_code_open ON agency_code (key, code) WHERE valid_to IS NULL;
CREATE INDEX agency_code_by_code ON agency_code (code);
CREATE INDEX agency_code_search ON agency_code USING gin (lower(code) gin_trgm_ops);

-- Who took over from an agency, where somebody knows it: the lists of the axis do not tell.
CREATE TABLE agency_successor (
  key text NOT NULL,
  -- A code outside or inside.
  successor_code text NOT NULL CHECK (length(successor_code) BETWEEN 1 AND 200),
  at instant NOT NULL,
  document words NOT NULL,
  PRIMARY KEY (key, successor_code)
);

-- What the synchronisation that runs has seen so far: apart, so that what stays as it was costs no new row version. After a
-- crash they are empty, and the run that filled them is over.
CREATE UNLOGGED TABLE agency_seen (key text PRIMARY KEY);
CREATE UNLOGGED TABLE agency_code_seen (key text, code text, PRIMARY KEY (key, code));

-- How far each synchronisation came; one without an end was killed, or runs.
CREATE TABLE agency_sync (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  started_at instant NOT NULL DEFAULT clock_timestamp(),
  moved_at instant NOT NULL DEFAULT clock_timestamp(),
  finished_at instant,
  -- The list that is read, or that broke off.
  list text CHECK (list IN ('units', 'qd20', 'old')),
  rows_seen bigint NOT NULL DEFAULT 0,
  -- Rows without a usable code or name, or of an agency that was told twice.
  rows_unusable bigint NOT NULL DEFAULT 0,
  versions_made bigint NOT NULL DEFAULT 0,
  agencies_closed bigint,
  -- What kept it from closing what it did not see, or from reading on; no content of the lists.
  problem text
);

GRANT SELECT, INSERT, UPDATE ON agency, agency_code, agency_sync TO :"hub_role";
GRANT SELECT, INSERT, TRUNCATE ON agency_seen, agency_code_seen TO :"hub_role";
GRANT SELECT, INSERT, UPDATE, DELETE ON agency_successor TO :"hub_role";
