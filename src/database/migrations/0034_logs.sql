-- The log after a restore is another log: it never numbers on where the old one stopped, since what was lost had numbers
-- too. What is in `leaf`, `tile`, `tree_head` and `checkpoint` is the newest log; earlier ones lie beside it, up to the last
-- head that was signed in the backup, and are never written again.

CREATE TABLE log (
  number integer PRIMARY KEY CHECK (number > 0),
  -- What the hub is configured with; the origin is the same for the first log, with `/2` and so on for those after it.
  base text NOT NULL,
  origin text NOT NULL UNIQUE,
  began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Of one that ended: its last head here, and the signed note of it.
  ended_at timestamptz,
  size bigint CHECK (size >= 0),
  root bytea CHECK (length(root) = 32),
  note text,
  CHECK ((ended_at IS NULL) <= (num_nonnulls(size, root, note) = 0))
);
CREATE UNIQUE INDEX log_one_current ON log ((true)) WHERE ended_at IS NULL;
GRANT SELECT ON log TO :"hub_role";

-- The number of the log that is written; one that nothing named yet is the first.
CREATE FUNCTION current_log() RETURNS integer LANGUAGE sql STABLE
  AS $$ SELECT coalesce((SELECT number FROM log WHERE ended_at IS NULL), 1) $$;

-- Of which log the leaves are that a batch purged.
ALTER TABLE purge_batch ADD COLUMN log integer NOT NULL DEFAULT 1;
ALTER TABLE purge_batch ALTER COLUMN log DROP DEFAULT;

CREATE TABLE old_leaf (
  log integer NOT NULL REFERENCES log,
  LIKE leaf,
  PRIMARY KEY (log, leaf_index)
);
CREATE INDEX old_leaf_by_entry ON old_leaf (entry_id);
GRANT SELECT ON old_leaf TO :"hub_role";

CREATE TABLE old_tile (
  log integer NOT NULL REFERENCES log,
  LIKE tile INCLUDING STORAGE,
  PRIMARY KEY (log, level, index)
);
GRANT SELECT ON old_tile TO :"hub_role";

CREATE TABLE old_checkpoint (
  log integer NOT NULL REFERENCES log,
  LIKE checkpoint,
  PRIMARY KEY (log, size)
);
GRANT SELECT ON old_checkpoint TO :"hub_role";
