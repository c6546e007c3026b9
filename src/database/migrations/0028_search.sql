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
  -- Kind of the newest entry; of a delivery its newest step beside it, of a notice its name.
  kind text NOT NULL,
  step text,
  system_id text,
  owning_unit text,
  acting_unit text,
  -- Of a delivery: the unit that receives it, when it is one of ours.
  receiver_unit text,
  service text,
  operation text,
  grant_id text,
  outcome text,
  status integer,
  problem text,
  -- Refusals: how many it stands for.
  count bigint NOT NULL DEFAULT 1,
  -- From what is sealed; null again once it is purged.
  officer_id text,
  purpose text,
  case_code text,
  result text,
  -- Sources asked, and codes by which the unit was named to them or in a message.
  sources text[],
  unit_codes text[],
  -- Why and in which file an auditor read.
  file_number text
) PARTITION BY RANGE (exchange_id);
CREATE TABLE exchange_default PARTITION OF exchange DEFAULT;
GRANT SELECT ON exchange TO :"hub_role";

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

-- How many exchanges began on a day (Asia/Ho_Chi_Minh), and how they stand. Empty text for what there is none of.
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
GRANT SELECT ON exchange_figure TO :"hub_role";

-- Leaves below this are in the tables above.
CREATE TABLE search_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  size bigint NOT NULL DEFAULT 0 CHECK (size >= 0)
);
INSERT INTO search_head DEFAULT VALUES;
GRANT SELECT ON search_head TO :"hub_role";
