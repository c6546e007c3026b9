-- What this database is: one hub, of one environment. Nobody but its owner makes anything in it.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"hub_role";

-- Made by src/database/migrate.ts before the first file, so that it can read what was applied.
GRANT SELECT ON migration TO :"hub_role";

CREATE TABLE hub (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  -- Names this database in a restore: another hub has another id, whatever its settings.
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  environment text NOT NULL CHECK (environment IN ('sandbox', 'test', 'production')),
  created_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON hub TO :"hub_role";

-- Set by src/database/migrate.ts for the length of the transaction.
INSERT INTO hub (environment) VALUES (current_setting('lgsp.environment'));
