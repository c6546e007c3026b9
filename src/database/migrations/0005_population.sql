-- Limits on population look-ups (src/services/population/limits.ts): how many distinct persons were asked about and how
-- many confirmations failed, per officer and per acting unit, on one day of Asia/Ho_Chi_Minh. No name and no personal
-- number: `person` is a keyed hash whose key is destroyed with the month's. Rows are deleted two days later.

-- The limits stand in the row, so that the database itself refuses what goes beyond them, whichever process asks.
CREATE TABLE population_use (
  day date NOT NULL,
  -- `officer:<id>` or `unit:<id>`
  holder text NOT NULL CHECK (holder ~ '^(officer|unit):.{1,64}$'),
  persons integer NOT NULL,
  persons_limit integer NOT NULL,
  -- Reserved before the source is asked, given back when it confirmed: a crash in between leaves a failure.
  misses integer NOT NULL CHECK (misses >= 0),
  misses_limit integer NOT NULL,
  PRIMARY KEY (day, holder),
  CONSTRAINT population_use_persons_limit CHECK (persons <= persons_limit),
  CONSTRAINT population_use_misses_limit CHECK (misses <= misses_limit)
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, UPDATE, DELETE ON population_use TO :"hub_role";

CREATE TABLE population_person (
  day date NOT NULL,
  holder text NOT NULL,
  person bytea NOT NULL CHECK (length(person) = 32),
  PRIMARY KEY (day, holder, person)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON population_person TO :"hub_role";
