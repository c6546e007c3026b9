-- Accounts at the sources: a unit's own, or the province's. The secret is sealed under a key that this database never
-- sees (src/registry/source-secret.ts); of what is out of use it is not kept at all.

CREATE TABLE source_credential (
  id registry_id PRIMARY KEY,
  source text NOT NULL CHECK (source ~ '^[a-z][a-z0-9-]{0,60}$'),
  -- Null: for every unit that has none of its own.
  unit_id registry_id REFERENCES unit,
  -- Never a personal number.
  account text NOT NULL CHECK (account ~ '^[!-~]{1,200}$' AND account !~ '^(\d{9}|\d{12})$'),
  sealed_secret bytea,
  valid_from instant NOT NULL,
  valid_to instant NOT NULL,
  state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'active', 'suspended', 'replaced', 'revoked')),
  revision bigint NOT NULL DEFAULT 1 CHECK (revision > 0),
  last_test_at instant,
  last_test_outcome text
    CHECK (last_test_outcome IN ('accepted', 'refused', 'unreachable', 'timeout', 'unavailable', 'unreadable')),
  CONSTRAINT source_credential_period CHECK (valid_from < valid_to),
  CONSTRAINT source_credential_secret CHECK ((sealed_secret IS NULL) = (state IN ('replaced', 'revoked'))),
  CONSTRAINT source_credential_test CHECK (num_nonnulls(last_test_at, last_test_outcome) IN (0, 2))
);
-- One that counts for each source and unit: what is suspended still stands in the place of the next.
CREATE UNIQUE INDEX source_credential_one_current ON source_credential (source, coalesce(unit_id::text, ''))
  WHERE state IN ('active', 'suspended');
CREATE INDEX source_credential_by_end ON source_credential (valid_to) WHERE state IN ('active', 'suspended');

-- A test is no change of the credential.
CREATE TRIGGER move_row_revision BEFORE UPDATE ON source_credential FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION move_row_revision();
CREATE TRIGGER refuse_return_of_revoked BEFORE UPDATE OF state ON source_credential FOR EACH ROW
  WHEN (OLD.state IN ('replaced', 'revoked') AND NEW.state <> OLD.state) EXECUTE FUNCTION refuse_return_of_revoked();
CREATE TRIGGER move_registry_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON source_credential
  FOR EACH STATEMENT EXECUTE FUNCTION move_registry_version();

-- A proposal that comes to nothing takes the secret that it was about with it.
CREATE FUNCTION forget_proposed_secret() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE source_credential SET state = 'revoked', sealed_secret = NULL WHERE id = NEW.target AND state = 'proposed';
  RETURN NULL;
END $$;
CREATE TRIGGER forget_proposed_secret AFTER UPDATE OF state ON proposal FOR EACH ROW
  WHEN (NEW.kind = 'source-credential' AND NEW.act = 'create' AND NEW.state IN ('rejected', 'withdrawn', 'expired'))
  EXECUTE FUNCTION forget_proposed_secret();

GRANT SELECT ON source_credential TO :"hub_role";
