-- Webhooks: addresses of units' systems that are told of deliveries in the unit's mailbox. The hub's own role does all of it.

CREATE TABLE webhook (
  id uuid PRIMARY KEY,
  unit_id text NOT NULL CHECK (length(unit_id) BETWEEN 1 AND 100),
  -- The system that registered it, which alone may change it.
  system_id text NOT NULL CHECK (length(system_id) BETWEEN 1 AND 100),
  owning_unit text NOT NULL,
  url text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
  events text[] NOT NULL
    CHECK (cardinality(events) BETWEEN 1 AND 3 AND events <@ ARRAY['document', 'status', 'notice']),
  -- Sealed under a key that this database never sees (src/registry/sealed-text.ts).
  sealed_secret bytea NOT NULL,
  -- The exchange that gave out the current secret: only its repeat is told it again.
  secret_exchange uuid NOT NULL,
  -- While both secrets are valid.
  previous_secret bytea,
  previous_until timestamptz,
  -- `suspended`: by its system, or because it answered 410; `failed`: the hub gave it up.
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'failed')),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_success_at timestamptz,
  last_failure_at timestamptz,
  last_problem text,
  -- First failure since the last success.
  failing_since timestamptz,
  -- One for each unit and system, so that no notice is sent twice.
  CONSTRAINT webhook_one UNIQUE (unit_id, system_id),
  CHECK ((previous_secret IS NULL) = (previous_until IS NULL))
);
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook TO :"hub_role";

-- What was done to webhooks, by the exchange that did it: a repeat gets the same answer. No answer here holds a secret.
CREATE TABLE webhook_act (
  exchange_id uuid PRIMARY KEY,
  webhook_id uuid NOT NULL,
  operation text NOT NULL,
  status smallint NOT NULL,
  answer jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT ON webhook_act TO :"hub_role";

-- A unit's own deliveries, newest first: ids are UUIDv7.
CREATE INDEX delivery_by_sender ON delivery (acting_unit, id) WHERE acting_unit IS NOT NULL;
