-- What each hub process saw of the sources and of itself, so that one answer holds for all processes. No person, unit,
-- system or exchange is named. Minutes are kept 48 hours (src/schedule/purge.ts).

-- Calls of one source in one minute (database time) by one process. Written whole, so that writing twice does no harm.
CREATE TABLE source_minute (
  source text NOT NULL CHECK (length(source) BETWEEN 1 AND 63),
  minute timestamptz NOT NULL,
  process_id uuid NOT NULL,
  -- src/exchange/observe.ts
  outcome text NOT NULL CHECK (length(outcome) BETWEEN 1 AND 31),
  calls integer NOT NULL CHECK (calls >= 0),
  -- Calls by their time: place n for the bound n of src/operation/tally.ts. All zero where nothing was sent.
  latency integer[] NOT NULL,
  PRIMARY KEY (source, minute, process_id, outcome)
);
CREATE INDEX source_minute_minute ON source_minute (minute);
GRANT SELECT, INSERT, UPDATE ON source_minute TO :"hub_role";

-- A source as one process last saw it.
CREATE TABLE source_state (
  process_id uuid NOT NULL,
  source text NOT NULL CHECK (length(source) BETWEEN 1 AND 63),
  breaker text NOT NULL CHECK (breaker IN ('closed', 'half-open', 'open')),
  last_good_at timestamptz,
  last_failure_at timestamptz,
  last_failure text CHECK (length(last_failure) BETWEEN 1 AND 31),
  written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (process_id, source)
);
GRANT SELECT, INSERT, UPDATE ON source_state TO :"hub_role";

-- A hub process as it sees itself; its lease stands in hub_process.
CREATE TABLE process_state (
  process_id uuid PRIMARY KEY,
  clock_off_ms integer NOT NULL,
  clock_right boolean NOT NULL,
  clock_synchronised text NOT NULL CHECK (clock_synchronised IN ('yes', 'no', 'unknown')),
  registry_version bigint NOT NULL,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, UPDATE ON process_state TO :"hub_role";
