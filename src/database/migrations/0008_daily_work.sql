-- Work that is due once a day in the whole cluster, taken under a lease so that a crash in mid-run loses nothing.
CREATE TABLE daily_work (
  name text NOT NULL,
  day date NOT NULL,
  taken_until timestamptz NOT NULL,
  done_at timestamptz,
  PRIMARY KEY (name, day)
);
