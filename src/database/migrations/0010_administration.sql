-- Administration (openapi/admin.v1.yaml): states and revisions of the registry's rows, switches, proposals that a second
-- person decides, and the history of changes. The owner's role writes; the hub's own role reads.

-- Suspended rows come back, revoked ones never do. A revision moves with every change, so that nobody changes what
-- somebody else has changed in between.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['unit', 'mandate', 'officer', 'access_grant'] LOOP
    EXECUTE format(
      'ALTER TABLE %I ADD COLUMN state text NOT NULL DEFAULT ''active'' CHECK (state IN (''active'', ''suspended'', ''revoked''))',
      name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['unit', 'system', 'mandate', 'officer', 'service', 'access_grant'] LOOP
    EXECUTE format('ALTER TABLE %I ADD COLUMN revision bigint NOT NULL DEFAULT 1 CHECK (revision > 0)', name);
  END LOOP;
END $$;

CREATE FUNCTION move_row_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.revision := OLD.revision + 1;
  RETURN NEW;
END $$;
CREATE FUNCTION refuse_return_of_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% % is revoked for good', TG_TABLE_NAME, OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'revoked_for_good';
END $$;
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['unit', 'system', 'mandate', 'officer', 'service', 'access_grant'] LOOP
    EXECUTE format(
      'CREATE TRIGGER move_row_revision BEFORE UPDATE ON %I FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) '
      'EXECUTE FUNCTION move_row_revision()', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['unit', 'system', 'mandate', 'officer', 'access_grant'] LOOP
    EXECUTE format(
      'CREATE TRIGGER refuse_return_of_revoked BEFORE UPDATE OF state ON %I FOR EACH ROW '
      'WHEN (OLD.state = ''revoked'' AND NEW.state <> ''revoked'') EXECUTE FUNCTION refuse_return_of_revoked()', name);
  END LOOP;
END $$;

-- A revoked mandate makes room for another.
ALTER TABLE mandate DROP CONSTRAINT mandate_one_at_a_time;
ALTER TABLE mandate ADD CONSTRAINT mandate_one_at_a_time
  EXCLUDE USING gist ((system_id::text) WITH =, (unit_id::text) WITH =, tstzrange(valid_from, valid_to) WITH &&)
  WHERE (state <> 'revoked');

-- Only tokens bound to a key or certificate (RFC 9449, RFC 8705).
ALTER TABLE access_grant ADD COLUMN sender_bound boolean NOT NULL DEFAULT false;
-- Codes of the procedures that the purpose is tied to; empty: any.
ALTER TABLE access_grant ADD COLUMN procedures text[] NOT NULL DEFAULT '{}' CHECK (array_position(procedures, NULL) IS NULL);

ALTER TABLE service ADD COLUMN title words;

-- RFC 8705 x5t#S256 of the certificate that the key was registered by, none for a plain JWK.
ALTER TABLE system_key ADD COLUMN certificate_sha256 text CHECK (certificate_sha256 ~ '^[A-Za-z0-9_-]{43}$');
ALTER TABLE system_key ADD COLUMN certificate text CHECK (length(certificate) <= 16000);
-- Who brought the key in. Null: made by the owner's role (installation, sandbox).
ALTER TABLE system_key ADD COLUMN registered_by_system registry_id REFERENCES system;
ALTER TABLE system_key ADD COLUMN registered_by_officer text;
-- Set when a second person agreed.
ALTER TABLE system_key ADD COLUMN proposal_id uuid;

-- Tokens revoked one by one, until they could not pass any more anyway.
CREATE TABLE revoked_token (
  jti text PRIMARY KEY CHECK (jti ~ '^[A-Za-z0-9_-]{1,128}$'),
  revoked_at instant NOT NULL DEFAULT now(),
  forget_at instant NOT NULL
);
CREATE INDEX revoked_token_forget_at ON revoked_token (forget_at);

-- Sources that were switched off; a source without a row is on.
CREATE TABLE source_switch (
  source text PRIMARY KEY CHECK (source ~ '^[a-z][a-z0-9-]*$'),
  state text NOT NULL CHECK (state IN ('active', 'off')),
  reason words NOT NULL,
  changed_at instant NOT NULL DEFAULT now()
);

CREATE TRIGGER move_registry_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON revoked_token
  FOR EACH STATEMENT EXECUTE FUNCTION move_registry_version();
CREATE TRIGGER move_registry_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON source_switch
  FOR EACH STATEMENT EXECUTE FUNCTION move_registry_version();

-- What one person asks for and another decides. Its id is the exchange that made it.
CREATE TABLE proposal (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('grant', 'mandate', 'key', 'source-credential')),
  act text NOT NULL CHECK (act IN ('create', 'change', 'resume')),
  target text NOT NULL CHECK (length(target) BETWEEN 1 AND 64),
  -- The revision of the target that the content was made against.
  target_revision bigint,
  -- The target as it is to be, in the contract's words; never a secret.
  content jsonb NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'rejected', 'withdrawn', 'expired')),
  reason words,
  requested_by_system registry_id NOT NULL REFERENCES system,
  requested_by_officer text NOT NULL REFERENCES officer,
  requested_at instant NOT NULL DEFAULT now(),
  expires_at instant NOT NULL,
  decided_by_system registry_id REFERENCES system,
  decided_by_officer text REFERENCES officer,
  decided_at instant,
  decision_reason words,
  CONSTRAINT proposal_decided CHECK (
    (state = 'pending' AND num_nonnulls(decided_by_system, decided_by_officer, decided_at) = 0)
    OR (state = 'expired')
    OR (state IN ('approved', 'rejected', 'withdrawn') AND num_nulls(decided_by_system, decided_by_officer, decided_at) = 0)
  ),
  -- Four eyes: the database itself refuses what one person or one system would approve alone.
  CONSTRAINT proposal_four_eyes CHECK (
    state NOT IN ('approved', 'rejected')
    OR (decided_by_system <> requested_by_system AND decided_by_officer <> requested_by_officer)
  )
);
CREATE UNIQUE INDEX proposal_one_pending ON proposal (kind, target) WHERE state = 'pending';
CREATE INDEX proposal_by_time ON proposal (requested_at, id);

-- What was decided stays as it was decided, and what was asked stays as it was asked.
CREATE FUNCTION keep_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'pending'
    OR (OLD.id, OLD.kind, OLD.act, OLD.target, OLD.target_revision, OLD.content, OLD.requested_by_system,
        OLD.requested_by_officer, OLD.requested_at)
      IS DISTINCT FROM
       (NEW.id, NEW.kind, NEW.act, NEW.target, NEW.target_revision, NEW.content, NEW.requested_by_system,
        NEW.requested_by_officer, NEW.requested_at) THEN
    RAISE EXCEPTION 'proposal % cannot be changed', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_kept';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_proposal BEFORE UPDATE ON proposal FOR EACH ROW EXECUTE FUNCTION keep_proposal();

-- One row for each change, written in the transaction that makes it, and its answer, so that a repeat of the request
-- finds what came of the first. Neither secrets nor personal numbers. Nobody changes or deletes a row.
CREATE TABLE administration_change (
  -- Of the first request with its idempotency key.
  exchange_id uuid PRIMARY KEY,
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  operation operation_name NOT NULL,
  kind text NOT NULL,
  target text NOT NULL,
  system_id registry_id NOT NULL,
  officer_id text NOT NULL,
  reason words,
  proposal_id uuid REFERENCES proposal,
  before jsonb,
  after jsonb,
  status smallint NOT NULL,
  answer jsonb NOT NULL,
  changed_at instant NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX administration_change_by_target ON administration_change (target, number);

GRANT SELECT ON revoked_token, source_switch, proposal, administration_change TO :"hub_role";
