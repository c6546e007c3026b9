-- The exchange log. The hub's own role adds and reads; nobody changes an entry. Numbering, tiles and checkpoints are
-- the sequencer's, who comes as the owner. There are no foreign keys: recording stays cheap, and rows that belong
-- together are written by one statement.

-- One leaf of the log. `text` is its exact canonical JSON; the columns beside it are for looking it up.
CREATE TABLE entry (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  exchange_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('opened', 'closed', 'unknown', 'resolved', 'refused', 'refusals')),
  text text NOT NULL,
  -- RFC 6962 2.1: SHA-256(0x00 || text).
  leaf_hash bytea NOT NULL CHECK (leaf_hash = sha256('\x00'::bytea || convert_to(text, 'UTF8'))),
  acting_unit text,
  system_id text,
  service text,
  operation text,
  problem text,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (exchange_id, kind)
);
GRANT SELECT, INSERT ON entry TO :"hub_role";

-- What an entry seals: SHA-256(salt || text) stands in its leaf. Purging deletes the row; the leaf still verifies.
CREATE TABLE entry_private (
  entry_id bigint PRIMARY KEY,
  salt bytea NOT NULL CHECK (length(salt) = 32),
  text text NOT NULL
);
GRANT SELECT, INSERT ON entry_private TO :"hub_role";

-- Entries that wait for their place in the tree. The mark goes in the transaction that gives the place, so that no
-- acknowledged entry is passed over, whatever the order in which transactions commit.
CREATE TABLE entry_pending (
  entry_id bigint PRIMARY KEY
);
GRANT SELECT, INSERT ON entry_pending TO :"hub_role";

-- Hub processes and how long they are believed to live without another heartbeat.
CREATE TABLE hub_process (
  id uuid PRIMARY KEY,
  host text NOT NULL,
  pid integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease_until timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON hub_process TO :"hub_role";

-- Exchanges between "opened" and their end, and the process that they belong to.
CREATE TABLE open_exchange (
  exchange_id uuid PRIMARY KEY,
  process_id uuid NOT NULL
);
-- UPDATE of one column is what FOR UPDATE SKIP LOCKED asks for.
GRANT SELECT, INSERT, DELETE, UPDATE (process_id) ON open_exchange TO :"hub_role";

-- DPoP proofs (RFC 9449) that were used, until they could not be accepted any more anyway.
CREATE TABLE used_proof (
  hash text PRIMARY KEY,
  exchange_id uuid NOT NULL,
  forget_at timestamptz NOT NULL
);
CREATE INDEX used_proof_forget_at ON used_proof (forget_at);
GRANT SELECT, INSERT, DELETE ON used_proof TO :"hub_role";

-- The numbered leaves.
CREATE TABLE leaf (
  leaf_index bigint PRIMARY KEY CHECK (leaf_index >= 0),
  entry_id bigint NOT NULL UNIQUE
);
GRANT SELECT ON leaf TO :"hub_role";

-- The tree in tiles of up to 256 hashes (C2SP tlog-tiles). Hashes do not compress.
CREATE TABLE tile (
  level smallint CHECK (level >= 0),
  index bigint CHECK (index >= 0),
  hashes bytea NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
  PRIMARY KEY (level, index)
);
ALTER TABLE tile ALTER hashes SET STORAGE EXTERNAL;
GRANT SELECT ON tile TO :"hub_role";

-- The one head; a new one is set by comparing with the old.
CREATE TABLE tree_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  size bigint NOT NULL CHECK (size >= 0),
  root bytea NOT NULL CHECK (length(root) = 32)
);
INSERT INTO tree_head (size, root) VALUES (0, sha256(''));
GRANT SELECT ON tree_head TO :"hub_role";

-- Heads that were signed: one for a size, for ever.
CREATE TABLE checkpoint (
  size bigint PRIMARY KEY CHECK (size >= 0),
  root bytea NOT NULL CHECK (length(root) = 32),
  note text NOT NULL,
  signed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT ON checkpoint TO :"hub_role";
