-- What auditors look for. Everything here is made from numbered leaves and what they seal, in the order of the tree, and
-- could be made again; `search_head` says up to which leaf. Written as the owner; the hub's own role only reads.

-- One row an exchange. An exchange id is a UUIDv7: it is the time, the cursor and the month's place in one.
CREATE TABLE exchange (
  exchange_id uuid PRIMARY KEY,
  first_leaf bigint NOT NULL,
  last_leaf bigint NOT NULL,
  -- Of its first and newest entry, by the process's clock.
  at timestamptz NOT NULL,
  newest_at timestamptz NOT NULL,
  -- Of the newest entry: its kind, of a delivery its step, its outcome, status and problem.
  kind text NOT NULL,
  step text,
  outcome text,
  status integer,
  problem text,
  -- Where it stands in one word: that outcome, else the step, else the name of the notice, else the kind.
  standing text NOT NULL,
  system_id text,
  owning_unit text,
  acting_unit text,
  -- Of a delivery: the unit that receives it, when it is one of ours; and the exchange that accepted it.
  receiver_unit text,
  accepted_by uuid,
  service text,
  operation text,
  grant_id text,
  -- Refusals: how many it stands for.
  count bigint NOT NULL DEFAULT 1,
  -- From what is sealed; null again once it is purged, but for the first source. Of a delivery what its sender said: those who take, refuse, release
  -- or replay it do so by exchanges of their own.
  officer_id text,
  purpose text,
  case_code text,
  result text,
  -- Sources asked, the first one first, and codes by which units were named to them or in a message.
  sources text[],
  unit_codes text[],
  -- In which file an auditor read.
  file_number text
) PARTITION BY RANGE (exchange_id);
CREATE TABLE exchange_default PARTITION OF exchange DEFAULT;
-- Each ends with the exchange id, so that the newest of what is looked for come first without sorting. What is rare or
-- often absent stands alone.
CREATE INDEX exchange_by_system ON exchange (system_id, exchange_id) WHERE system_id IS NOT NULL;
CREATE INDEX exchange_by_owner ON exchange (owning_unit, exchange_id) WHERE owning_unit IS NOT NULL;
CREATE INDEX exchange_by_unit ON exchange (acting_unit, exchange_id) WHERE acting_unit IS NOT NULL;
CREATE INDEX exchange_by_receiver ON exchange (receiver_unit, exchange_id) WHERE receiver_unit IS NOT NULL;
CREATE INDEX exchange_by_acceptance ON exchange (accepted_by, exchange_id) WHERE accepted_by IS NOT NULL;
CREATE INDEX exchange_by_service ON exchange (service, exchange_id) WHERE service IS NOT NULL;
CREATE INDEX exchange_by_operation ON exchange (operation, exchange_id) WHERE operation IS NOT NULL;
CREATE INDEX exchange_by_officer ON exchange (officer_id, exchange_id) WHERE officer_id IS NOT NULL;
CREATE INDEX exchange_by_purpose ON exchange (purpose, exchange_id) WHERE purpose IS NOT NULL;
CREATE INDEX exchange_by_case ON exchange (case_code, exchange_id) WHERE case_code IS NOT NULL;
CREATE INDEX exchange_by_standing ON exchange (standing, exchange_id) WHERE standing <> 'answered';
CREATE INDEX exchange_by_problem ON exchange (problem, exchange_id) WHERE problem IS NOT NULL;
CREATE INDEX exchange_by_source ON exchange ((sources[1]), exchange_id) WHERE sources[1] IS NOT NULL;
GRANT SELECT ON exchange TO :"hub_role";

-- The same codes by themselves, for looking up.
CREATE TABLE exchange_code (
  code text NOT NULL,
  exchange_id uuid NOT NULL,
  PRIMARY KEY (code, exchange_id)
) PARTITION BY RANGE (exchange_id);
CREATE TABLE exchange_code_default PARTITION OF exchange_code DEFAULT;
GRANT SELECT ON exchange_code TO :"hub_role";

-- Whom an exchange is about, by the keyed hash of the month.
CREATE TABLE exchange_subject (
  exchange_id uuid NOT NULL,
  -- Base64 of HMAC-SHA-256, as the sealed part has it.
  hash text NOT NULL,
  role text NOT NULL,
  kind text NOT NULL,
  PRIMARY KEY (exchange_id, hash, role)
) PARTITION BY RANGE (exchange_id);
CREATE TABLE exchange_subject_default PARTITION OF exchange_subject DEFAULT;
CREATE INDEX exchange_subject_by_hash ON exchange_subject (hash, exchange_id);
GRANT SELECT ON exchange_subject TO :"hub_role";

-- How many exchanges began on a day (Asia/Ho_Chi_Minh), and where they stand (`outcome`: exchange.standing). Empty text for
-- what there is none of. Rows of none are left from exchanges that stood there.
CREATE TABLE exchange_figure (
  day date NOT NULL,
  system_id text NOT NULL,
  acting_unit text NOT NULL,
  service text NOT NULL,
  operation text NOT NULL,
  source text NOT NULL,
  outcome text NOT NULL,
  problem text NOT NULL,
  exchanges bigint NOT NULL,
  PRIMARY KEY (day, acting_unit, service, operation, system_id, source, outcome, problem)
);
CREATE INDEX exchange_figure_by_unit ON exchange_figure (acting_unit, day);
GRANT SELECT ON exchange_figure TO :"hub_role";

-- Leaves below this are in the tables above.
CREATE TABLE search_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  size bigint NOT NULL DEFAULT 0 CHECK (size >= 0)
);
INSERT INTO search_head DEFAULT VALUES;
GRANT SELECT ON search_head TO :"hub_role";
