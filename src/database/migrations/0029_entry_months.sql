-- The log by month. An exchange id is a UUIDv7: the months of UTC, by which keys and retention go too, are ranges of ids.
-- What belongs to an exchange lies in the month in which it began, the steps of a delivery in that of its acceptance.
-- Nothing is looked up by an entry's id alone: whoever joins names the exchange, so that one month is read.

-- The least UUIDv7 of an instant.
CREATE FUNCTION first_exchange_id(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

ALTER TABLE entry DROP CONSTRAINT entry_pkey, DROP CONSTRAINT entry_exchange_id_kind_step_no_key;
ALTER TABLE entry RENAME TO entry_before;
ALTER SEQUENCE entry_id_seq RENAME TO entry_before_id_seq;
ALTER TABLE entry_private DROP CONSTRAINT entry_private_pkey;
ALTER TABLE entry_private RENAME TO entry_private_before;

-- Ids order the entries of an exchange. Only the owner could set one: the hub's role has no right to that column.
CREATE SEQUENCE entry_id_seq AS bigint;
GRANT USAGE ON SEQUENCE entry_id_seq TO :"hub_role";

-- One leaf of the log. `text` is its exact canonical JSON; the columns beside it are for looking it up.
CREATE TABLE entry (
  id bigint NOT NULL DEFAULT nextval('entry_id_seq'),
  exchange_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT entry_kind_check
    CHECK (kind IN ('opened', 'closed', 'unknown', 'resolved', 'refused', 'refusals', 'step', 'notice')),
  -- Of the steps of a delivery; 0 for every other kind.
  step_no integer NOT NULL DEFAULT 0 CONSTRAINT entry_step_no_check CHECK ((kind = 'step') = (step_no > 0)),
  text text NOT NULL,
  -- RFC 6962 2.1: SHA-256(0x00 || text).
  leaf_hash bytea NOT NULL CONSTRAINT entry_leaf_hash_check
    CHECK (leaf_hash = sha256('\x00'::bytea || convert_to(text, 'UTF8'))),
  acting_unit text,
  system_id text,
  service text,
  operation text,
  problem text,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT entry_pkey PRIMARY KEY (exchange_id, kind, step_no)
) PARTITION BY RANGE (exchange_id);
ALTER SEQUENCE entry_id_seq OWNED BY entry.id;
GRANT SELECT, INSERT (exchange_id, kind, step_no, text, leaf_hash, acting_unit, system_id, service, operation, problem)
  ON entry TO :"hub_role";

-- What an entry seals: SHA-256(salt || text) stands in its leaf. Purging deletes the row; the leaf still verifies.
CREATE TABLE entry_private (
  exchange_id uuid NOT NULL,
  entry_id bigint NOT NULL,
  salt bytea NOT NULL CONSTRAINT entry_private_salt_check CHECK (length(salt) = 32),
  text text NOT NULL,
  CONSTRAINT entry_private_pkey PRIMARY KEY (exchange_id, entry_id)
) PARTITION BY RANGE (exchange_id);
GRANT SELECT, INSERT ON entry_private TO :"hub_role";

-- Ids of no month that is made. The daily work says so while they hold anything.
CREATE TABLE entry_default PARTITION OF entry DEFAULT;
CREATE TABLE entry_private_default PARTITION OF entry_private DEFAULT;

-- Makes the month that begins on this day (UTC) in all four tables, unless it is there. What the default partitions hold
-- of it moves over. Readers and writers of other months are not held up: a table is filled first and attached last.
CREATE FUNCTION make_month(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  whole text;
  part text;
  low uuid := first_exchange_id(month::timestamp AT TIME ZONE 'UTC');
  high uuid := first_exchange_id((month + interval '1 month') AT TIME ZONE 'UTC');
BEGIN
  FOREACH whole IN ARRAY ARRAY['entry', 'entry_private', 'exchange', 'exchange_subject'] LOOP
    part := format('%s_%s', whole, to_char(month, 'YYYY_MM'));
    CONTINUE WHEN to_regclass(part) IS NOT NULL;
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', whole || '_default');
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)', part, whole);
    EXECUTE format(
      'WITH moved AS (DELETE FROM %I WHERE exchange_id >= %L AND exchange_id < %L RETURNING *) '
      'INSERT INTO %I SELECT * FROM moved', whole || '_default', low, high, part);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', whole, part, low, high);
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION make_month(date) FROM PUBLIC;

-- From the month of the first entry to three after this one.
DO $$
DECLARE
  this_month date := date_trunc('month', now() AT TIME ZONE 'UTC');
  first_id uuid;
  month date := this_month;
BEGIN
  SELECT exchange_id INTO first_id FROM entry_before
    WHERE exchange_id >= first_exchange_id('2025-01-01Z') AND exchange_id < first_exchange_id(now())
    ORDER BY exchange_id LIMIT 1;
  WHILE first_id < first_exchange_id(month::timestamp AT TIME ZONE 'UTC') LOOP
    month := month - interval '1 month';
  END LOOP;
  WHILE month <= this_month + interval '3 months' LOOP
    PERFORM make_month(month);
    month := month + interval '1 month';
  END LOOP;
END $$;

INSERT INTO entry (id, exchange_id, kind, step_no, text, leaf_hash, acting_unit, system_id, service, operation, problem,
    recorded_at)
  SELECT id, exchange_id, kind, step_no, text, leaf_hash, acting_unit, system_id, service, operation, problem, recorded_at
  FROM entry_before ORDER BY id;
INSERT INTO entry_private (exchange_id, entry_id, salt, text)
  SELECT e.exchange_id, p.entry_id, p.salt, p.text
  FROM entry_private_before p JOIN entry_before e ON e.id = p.entry_id ORDER BY p.entry_id;
SELECT setval('entry_id_seq', last_value, is_called) FROM entry_before_id_seq;

ALTER TABLE entry_pending ADD COLUMN exchange_id uuid;
UPDATE entry_pending p SET exchange_id = e.exchange_id FROM entry_before e WHERE e.id = p.entry_id;
ALTER TABLE entry_pending ALTER exchange_id SET NOT NULL;

ALTER TABLE leaf ADD COLUMN exchange_id uuid;
UPDATE leaf l SET exchange_id = e.exchange_id FROM entry_before e WHERE e.id = l.entry_id;
ALTER TABLE leaf ALTER exchange_id SET NOT NULL;

DROP TABLE entry_private_before;
DROP TABLE entry_before;

-- How large the database was at the end of each day's measuring, for the day on which its disk is full.
CREATE TABLE storage_day (
  -- Asia/Ho_Chi_Minh.
  day date PRIMARY KEY,
  bytes bigint NOT NULL CHECK (bytes >= 0)
);
GRANT SELECT ON storage_day TO :"hub_role";
