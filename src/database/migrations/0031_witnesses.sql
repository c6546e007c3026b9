-- Who else saw the signed heads, and what was known when someone took a head that does not extend it. Written as the owner.

-- A witness's word under a signed head: the line of the note, and the time that it names.
CREATE TABLE cosignature (
  size bigint NOT NULL REFERENCES checkpoint (size),
  witness text NOT NULL,
  key_id bytea NOT NULL CHECK (length(key_id) = 4),
  line text NOT NULL,
  cosigned_at timestamptz NOT NULL,
  PRIMARY KEY (size, witness, key_id)
);
GRANT SELECT ON cosignature TO :"hub_role";

-- How it stands with each witness. `size` and `stored_at` are of its newest cosignature here.
CREATE TABLE witness (
  name text NOT NULL,
  key_id bytea NOT NULL CHECK (length(key_id) = 4),
  size bigint NOT NULL DEFAULT 0,
  stored_at timestamptz,
  failing_since timestamptz,
  failure text,
  -- Since when it says that the log does not extend what it cosigned, and in which words.
  conflict_since timestamptz,
  conflict text,
  PRIMARY KEY (name, key_id)
);
GRANT SELECT ON witness TO :"hub_role";

-- Heads that were known (`source`: the anchor file, or a witness by its name) and which a person gave up for the one taken.
-- A witness does not tell the root.
CREATE TABLE accepted_head (
  source text NOT NULL,
  known_size bigint NOT NULL CHECK (known_size >= 0),
  known_root bytea CHECK (length(known_root) = 32),
  taken_size bigint NOT NULL CHECK (taken_size >= 0),
  taken_root bytea NOT NULL CHECK (length(taken_root) = 32),
  -- Of the notice that says so.
  exchange_id uuid NOT NULL,
  accepted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT ON accepted_head TO :"hub_role";
