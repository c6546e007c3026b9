-- What may be used only once at the token endpoint: client assertions and DPoP proofs, until none could still pass.
-- Every insert also deletes a few forgotten rows, so the table stays as small as what is in flight.
CREATE TABLE replay (
  -- SHA-256 over issuer, client and jti.
  hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
  forget_at timestamptz NOT NULL CHECK (isfinite(forget_at))
);
CREATE INDEX replay_forget_at ON replay (forget_at);

-- UPDATE only for the row locks that keep concurrent deletes apart.
GRANT SELECT, INSERT, UPDATE, DELETE ON replay TO :"hub_role";
