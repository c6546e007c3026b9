-- Heads of the log with the time stamps (RFC 3161) that an authority outside the hub gave them. They are evidence: nothing
-- deletes them.
CREATE TABLE time_stamp (
  no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Of the head, and its signed note as it was stamped.
  size bigint NOT NULL CHECK (size >= 0),
  note text NOT NULL,
  -- DER of the token.
  token bytea NOT NULL CHECK (length(token) BETWEEN 1 AND 65536),
  -- The time that the authority states, and the name in its certificate.
  stamped_at timestamptz NOT NULL,
  authority text NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT ON time_stamp TO :"hub_role";

-- Whose turn it is to ask the authority: one process at a time, when it is due.
CREATE TABLE time_stamp_turn (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  taken_until timestamptz NOT NULL DEFAULT 'epoch',
  -- Failed tries since the last stamp or the last giving up.
  tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0)
);
INSERT INTO time_stamp_turn DEFAULT VALUES;
