-- Idempotency keys of operations with an effect, written in the transaction that opens the exchange. A repeat finds the
-- exchange that it repeats, and the digest of what was asked then.
CREATE TABLE effect_key (
  system_id text NOT NULL,
  acting_unit text NOT NULL,
  -- `<service>/<operationId>`
  operation text NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 128),
  -- SHA-256 of the request's bytes, lower-case hex
  sha256 text NOT NULL CHECK (length(sha256) = 64),
  exchange_id uuid NOT NULL UNIQUE,
  opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (system_id, acting_unit, operation, key)
);
GRANT SELECT, INSERT ON effect_key TO :"hub_role";
