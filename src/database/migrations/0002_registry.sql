-- The registry: who may ask what, for whom, by which right. The hub's own role reads it; only the owner writes.
-- Validity everywhere: valid_from inclusive, valid_to exclusive, no valid_to = until further notice.

-- Equality inside exclusion constraints; a trusted extension, so the owner of the database may make it.
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- `infinity` has no counterpart in the programs that read these rows.
CREATE DOMAIN instant AS timestamptz CHECK (isfinite(VALUE));
-- Ids appear in scopes, log entries and file names.
CREATE DOMAIN registry_id AS text CHECK (VALUE ~ '^[a-z0-9][a-z0-9-]{1,62}$');
-- No control characters, no space at either end.
CREATE DOMAIN words AS text CHECK (VALUE ~ '^\S([^\x01-\x1f\x7f]*\S)?$' AND length(VALUE) <= 1000);
-- Members of lists.
CREATE DOMAIN operation_name AS text CHECK (VALUE IS NOT NULL AND VALUE ~ '^[a-z][a-z0-9-]*\.v\d+/[A-Za-z]\w*$');
CREATE DOMAIN operation_pattern AS text
  CHECK (VALUE IS NOT NULL AND VALUE ~ '^[a-z][a-z0-9-]*\.v\d+/([A-Za-z]\w*|\*)$');
CREATE DOMAIN field_name AS text CHECK (VALUE IS NOT NULL AND VALUE ~ '^[A-Za-z]\w*$');

-- Organisations. A name is never a key (units-and-codes.md 4.2).
CREATE TABLE unit (
  id registry_id PRIMARY KEY,
  name words NOT NULL CHECK (name IS NFC NORMALIZED),
  kind text NOT NULL CHECK (kind IN ('commune', 'ward', 'special-zone', 'provincial')),
  parent_id registry_id REFERENCES unit CHECK (parent_id <> id),
  -- Names of the units it was formed from, as the source lists them: for search and display only.
  formed_from text[] NOT NULL DEFAULT '{}',
  contact words,
  -- Security level of the unit's information systems.
  security_level smallint CHECK (security_level BETWEEN 1 AND 5),
  valid_from instant NOT NULL,
  valid_to instant CHECK (valid_to > valid_from)
);

-- Codes of units in the numbering systems of others, which must never be mixed. A code is unique only at a date: the
-- same number may stand for another area before and after a reorganisation.
CREATE TABLE unit_code (
  unit_id registry_id NOT NULL REFERENCES unit,
  scheme text NOT NULL CHECK (scheme ~ '^[a-z][a-z0-9-]{1,30}$'),
  -- Kept as issued: unknown and malformed forms are opaque (units-and-codes.md 1).
  code words NOT NULL CHECK (length(code) <= 100),
  valid_from instant NOT NULL,
  valid_to instant CHECK (valid_to > valid_from),
  PRIMARY KEY (unit_id, scheme, code, valid_from),
  CONSTRAINT unit_code_one_unit_at_a_time
    EXCLUDE USING gist (scheme WITH =, (code::text) WITH =, tstzrange(valid_from, valid_to) WITH &&)
);

-- Who took over from whom, and when: many-to-many, since units are merged and split.
CREATE TABLE unit_successor (
  unit_id registry_id NOT NULL REFERENCES unit,
  successor_id registry_id NOT NULL REFERENCES unit,
  at instant NOT NULL,
  document words NOT NULL,
  PRIMARY KEY (unit_id, successor_id),
  CHECK (unit_id <> successor_id)
);
CREATE INDEX unit_successor_by_successor ON unit_successor (successor_id);

-- Software that holds keys. The id is the client id of its tokens.
CREATE TABLE system (
  id registry_id PRIMARY KEY,
  name words NOT NULL,
  unit_id registry_id NOT NULL REFERENCES unit,
  contact words,
  state text NOT NULL CHECK (state IN ('active', 'suspended', 'revoked')),
  -- Tokens issued before this instant are refused.
  tokens_valid_from instant NOT NULL
);

-- Public keys. Two may be valid at once, so that a key can be replaced without a gap.
CREATE TABLE system_key (
  -- RFC 7638 thumbprint, so that no two systems can share a key.
  kid text PRIMARY KEY CHECK (kid ~ '^[A-Za-z0-9_-]{43}$'),
  system_id registry_id NOT NULL REFERENCES system,
  jwk jsonb NOT NULL CHECK (
    jwk ->> 'kid' = kid
    AND jwk ->> 'alg' IN ('ES256', 'PS256', 'EdDSA')
    AND NOT jwk ?| ARRAY['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
  ),
  valid_from instant NOT NULL,
  valid_to instant CHECK (valid_to > valid_from),
  revoked_at instant
);
CREATE INDEX system_key_by_system ON system_key (system_id);

-- System S may act for unit U.
CREATE TABLE mandate (
  id registry_id PRIMARY KEY,
  system_id registry_id NOT NULL REFERENCES system,
  unit_id registry_id NOT NULL REFERENCES unit,
  -- `<service>/<operationId>` or `<service>/*`.
  operations operation_pattern[] NOT NULL CHECK (array_ndims(operations) IS NOT DISTINCT FROM 1),
  document words NOT NULL,
  -- When the unit itself confirmed it; without that it is not in force.
  confirmed_at instant,
  valid_from instant NOT NULL,
  valid_to instant CHECK (valid_to > valid_from),
  CONSTRAINT mandate_one_at_a_time
    EXCLUDE USING gist ((system_id::text) WITH =, (unit_id::text) WITH =, tstzrange(valid_from, valid_to) WITH &&)
);

-- People who work for a unit. The personal number is AES-256-GCM ciphertext (src/registry/officer-number.ts) under a
-- key that is not in the database.
CREATE TABLE officer (
  id text PRIMARY KEY CHECK (
    id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$' AND id !~ '^(\d{9}|\d{12})$'
  ),
  unit_id registry_id NOT NULL REFERENCES unit,
  -- Version, nonce, 12 digits, tag.
  sealed_number bytea NOT NULL CHECK (octet_length(sealed_number) = 41),
  valid_from instant NOT NULL,
  valid_to instant CHECK (valid_to > valid_from)
);

-- Published services. Provided by a connected unit, by a national source, or by the hub when neither is named.
CREATE TABLE service (
  id text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9-]*\.v\d+$'),
  provider_unit_id registry_id REFERENCES unit,
  provider_source text CHECK (provider_source ~ '^[a-z][a-z0-9-]*$' AND provider_source <> 'hub'),
  state text NOT NULL CHECK (state IN ('active', 'off')),
  CHECK (num_nonnulls(provider_unit_id, provider_source) <= 1)
);

-- The right of a system to call operations for one purpose.
CREATE TABLE access_grant (
  id registry_id PRIMARY KEY,
  system_id registry_id NOT NULL REFERENCES system,
  operations operation_name[] NOT NULL CHECK (array_ndims(operations) IS NOT DISTINCT FROM 1),
  -- None for operations that carry no purpose.
  purpose text CHECK (purpose ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
  legal_basis words NOT NULL,
  -- Unit id, or the agreement number with a national source.
  grantor words NOT NULL,
  -- Fields of the answer that may be released; none where the operations have no withheld fields.
  fields field_name[] CHECK (array_ndims(fields) = 1),
  case_rule text NOT NULL CHECK (case_rule IN ('required', 'optional')),
  least_assurance smallint NOT NULL CHECK (least_assurance BETWEEN 1 AND 3),
  -- Empty: any.
  addresses cidr[] NOT NULL DEFAULT '{}' CHECK (
    array_ndims(addresses) = 1 AND array_position(addresses, NULL) IS NULL
  ),
  -- Hours of the day in Asia/Ho_Chi_Minh, to exclusive; neither: any.
  hour_from smallint CHECK (hour_from BETWEEN 0 AND 23),
  hour_to smallint CHECK (hour_to BETWEEN 1 AND 24),
  environment text NOT NULL CHECK (environment IN ('sandbox', 'test', 'production')),
  per_minute integer NOT NULL CHECK (per_minute > 0),
  per_day integer NOT NULL CHECK (per_day > 0),
  -- `unit`: what belongs to the acting unit; `province`: everything (auditors).
  reach text NOT NULL CHECK (reach IN ('unit', 'province')),
  valid_from instant NOT NULL,
  valid_to instant NOT NULL CHECK (valid_to > valid_from),
  CONSTRAINT access_grant_hours CHECK (num_nonnulls(hour_from, hour_to) IN (0, 2) AND hour_from < hour_to),
  CONSTRAINT access_grant_period CHECK (
    valid_to AT TIME ZONE 'Asia/Ho_Chi_Minh' <= valid_from AT TIME ZONE 'Asia/Ho_Chi_Minh' + interval '12 months'
  )
);
CREATE INDEX access_grant_by_system ON access_grant (system_id);

-- Every change moves the version in its own transaction. The row lock orders writers, so that versions are seen in the
-- order of commits.
CREATE TABLE registry_version (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  version bigint NOT NULL
);
INSERT INTO registry_version (version) VALUES (1);

CREATE FUNCTION move_registry_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moved bigint;
BEGIN
  UPDATE registry_version SET version = version + 1 RETURNING version INTO STRICT moved;
  PERFORM pg_notify('registry', moved::text);
  RETURN NULL;
END $$;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'unit', 'unit_code', 'unit_successor', 'system', 'system_key', 'mandate', 'officer', 'service', 'access_grant'
  ] LOOP
    EXECUTE format(
      'CREATE TRIGGER move_registry_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I '
      'FOR EACH STATEMENT EXECUTE FUNCTION move_registry_version()', name);
  END LOOP;
END $$;

-- A token outlives the key that asked for it, so taking a key away also ends the tokens of its system. A revoked key
-- stays revoked: its holder makes a new one.
CREATE FUNCTION end_tokens_of_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NULL THEN
    RAISE EXCEPTION 'key % is revoked and cannot be taken back into use', OLD.kid USING ERRCODE = 'check_violation';
  END IF;
  UPDATE system SET tokens_valid_from = greatest(tokens_valid_from, clock_timestamp()) WHERE id = OLD.system_id;
  RETURN NULL;
END $$;
CREATE TRIGGER end_tokens_when_revoked AFTER UPDATE OF revoked_at ON system_key
  FOR EACH ROW WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at) EXECUTE FUNCTION end_tokens_of_key();
CREATE TRIGGER end_tokens_when_deleted AFTER DELETE ON system_key
  FOR EACH ROW EXECUTE FUNCTION end_tokens_of_key();

GRANT SELECT ON unit, unit_code, unit_successor, system, system_key, mandate, officer, service, access_grant,
  registry_version TO :"hub_role";
