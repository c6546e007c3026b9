-- Scans of attachments and what they hold back: one row for each message that must be scanned before its deliveries move.
-- The hub's own role scans; what administrators decide the owner's role writes.

CREATE TABLE scan (
  -- The subject of its deliveries.
  message_id uuid PRIMARY KEY,
  -- `waiting`: to be scanned. `clean`: let go. `passed`: let go unscanned, since the scanner was away and is set so.
  -- `infected`, `unscannable` (beyond the scanner's limits): in quarantine. `released`, `destroyed`: decided by people.
  state text NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'clean', 'passed', 'infected', 'unscannable', 'released', 'destroyed')),
  -- [{"no": 1, "outcome": "infected", "name": "…"}]: which attachment, in the scanner's words; never a file's name.
  findings jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(findings) = 'array'),
  scanner_version text CHECK (length(scanner_version) <= 200),
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_at instant NOT NULL DEFAULT clock_timestamp(),
  -- While a process scans it; its result counts only as long as the lease is its own.
  lease_id uuid,
  lease_until instant,
  -- Of the last attempt that failed: a problem code.
  problem text CHECK (length(problem) <= 100),
  -- The approved proposal, or the exchange that destroyed it.
  decision uuid,
  accepted_at instant NOT NULL DEFAULT clock_timestamp(),
  changed_at instant NOT NULL DEFAULT clock_timestamp(),
  revision bigint NOT NULL DEFAULT 1 CHECK (revision > 0),
  CONSTRAINT scan_lease CHECK (num_nonnulls(lease_id, lease_until) IN (0, 2)),
  CONSTRAINT scan_decision CHECK ((state IN ('released', 'destroyed')) = (decision IS NOT NULL)),
  CONSTRAINT scan_findings CHECK (state <> 'infected' OR findings <> '[]')
);
CREATE INDEX scan_due ON scan (next_at) WHERE state = 'waiting';
CREATE INDEX scan_by_state ON scan (state, changed_at, message_id) WHERE state NOT IN ('clean', 'passed');

-- What was decided stays decided. A failed attempt is no change that a proposal would have to know of.
CREATE FUNCTION keep_scan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state NOT IN ('waiting', 'infected', 'unscannable') OR NEW.state = 'waiting' THEN
    RAISE EXCEPTION 'scan of % is decided', OLD.message_id USING ERRCODE = 'check_violation', CONSTRAINT = 'scan_kept';
  END IF;
  NEW.changed_at := clock_timestamp();
  NEW.revision := OLD.revision + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_scan BEFORE UPDATE OF state ON scan FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION keep_scan();

GRANT SELECT, INSERT, UPDATE ON scan TO :"hub_role";

-- Two people release what a scan holds back.
ALTER TABLE proposal DROP CONSTRAINT proposal_kind_check;
ALTER TABLE proposal ADD CONSTRAINT proposal_kind_check
  CHECK (kind IN ('grant', 'mandate', 'key', 'source-credential', 'quarantine-release'));
