-- Imports of units (openapi/admin.v1.yaml): previews, kept for a day, and those that were applied.

CREATE TABLE unit_import (
  -- The exchange that made it.
  id uuid PRIMARY KEY,
  file_name words NOT NULL CHECK (length(file_name) <= 200),
  -- What each row would do, as the contract shows it. The file itself is not kept.
  rows jsonb NOT NULL CHECK (jsonb_typeof(rows) = 'array'),
  counts jsonb NOT NULL,
  system_id registry_id NOT NULL,
  officer_id text NOT NULL,
  created_at instant NOT NULL DEFAULT now(),
  expires_at instant NOT NULL DEFAULT now() + interval '24 hours',
  applied_at instant
);
CREATE INDEX unit_import_by_time ON unit_import (created_at, id);

GRANT SELECT ON unit_import TO :"hub_role";

-- One exchange may change many rows of the registry: the row of the history that holds its answer, and one for each thing
-- that it changed with it, so that the history of each tells of it.
ALTER TABLE administration_change DROP CONSTRAINT administration_change_pkey;
ALTER TABLE administration_change DROP CONSTRAINT administration_change_number_key;
ALTER TABLE administration_change ADD PRIMARY KEY (number);
ALTER TABLE administration_change ADD COLUMN part boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX administration_change_by_exchange ON administration_change (exchange_id) WHERE NOT part;
CREATE UNIQUE INDEX administration_change_one_of_each ON administration_change (exchange_id, kind, target) WHERE part;
