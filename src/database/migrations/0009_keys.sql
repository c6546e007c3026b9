-- The keys that this database's hub works with, by fingerprint: a process with another key folder is refused at start,
-- instead of signing, sealing and hashing with keys of its own. Changing a key is the owner's act: delete its row.
CREATE TABLE hub_key (
  kind text PRIMARY KEY CHECK (kind IN ('log', 'token', 'field')),
  fingerprint text NOT NULL CHECK (length(fingerprint) = 64),
  first_seen timestamptz NOT NULL DEFAULT clock_timestamp()
);
