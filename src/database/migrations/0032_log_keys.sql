-- The keys that sign the heads of the log, one after the other. What happens to a key is an entry of the log; from when to
-- when a key signs is nowhere written but follows from where these entries lie below signed heads, so that all processes
-- come to the same and a crash leaves nothing half done. The keys themselves lie in KEY_DIR.

CREATE TABLE log_key (
  -- C2SP signed-note verifier key: name, id, type and key. The name is the log's origin.
  key text PRIMARY KEY CHECK (key ~ '^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$'),
  number integer GENERATED ALWAYS AS IDENTITY UNIQUE,
  noted_at instant NOT NULL DEFAULT clock_timestamp(),
  -- Exchange of its notice `key-added`; none: the first of its log.
  added_in uuid UNIQUE,
  -- From then on the keys before it are to be retired.
  alone_from instant,
  -- Exchange of its notice `key-retired`.
  retired_in uuid UNIQUE,
  retired_at instant,
  CONSTRAINT log_key_added CHECK ((added_in IS NULL) = (alone_from IS NULL)),
  CONSTRAINT log_key_retired CHECK ((retired_in IS NULL) = (retired_at IS NULL))
);

-- `since`: size of the first signed head that has the notice of its coming; it signs the heads above it. `until` likewise of
-- its going; it signs none above it.
CREATE VIEW log_key_state AS
  SELECT k.*, CASE WHEN k.added_in IS NULL THEN 0 ELSE a.size END AS since, r.size AS until
  FROM log_key k
  LEFT JOIN LATERAL (
    SELECT (SELECT min(c.size) FROM checkpoint c WHERE c.size > l.leaf_index) AS size
    FROM entry e JOIN leaf l ON l.exchange_id = e.exchange_id AND l.entry_id = e.id WHERE e.exchange_id = k.added_in) a ON true
  LEFT JOIN LATERAL (
    SELECT (SELECT min(c.size) FROM checkpoint c WHERE c.size > l.leaf_index) AS size
    FROM entry e JOIN leaf l ON l.exchange_id = e.exchange_id AND l.entry_id = e.id WHERE e.exchange_id = k.retired_in) r ON true;

GRANT SELECT ON log_key, log_key_state TO :"hub_role", :"sequencer_role";
GRANT SELECT, INSERT, UPDATE (retired_in, retired_at) ON log_key TO :"registry_role";
GRANT SELECT ON log_key_state TO :"registry_role";

-- Until now the database knew the fingerprint of the log's key and the token key of a database of before the schedule by
-- theirs; a row of the table that tells more ends it. Of the owner's right: nobody else may delete a fingerprint.
CREATE FUNCTION forget_fingerprint() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM hub_key WHERE kind = TG_ARGV[0];
  RETURN NULL;
END $$;
CREATE TRIGGER forget_fingerprint AFTER INSERT ON log_key FOR EACH STATEMENT EXECUTE FUNCTION forget_fingerprint('log');
CREATE TRIGGER forget_fingerprint AFTER INSERT ON token_key FOR EACH STATEMENT EXECUTE FUNCTION forget_fingerprint('token');
