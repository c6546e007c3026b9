-- Which tables of the registry moved, so that a process reads those again and not all of them.

-- The registry's version when a table last changed.
CREATE TABLE registry_part (
  name text PRIMARY KEY,
  version bigint NOT NULL
);
INSERT INTO registry_part (name, version)
  SELECT c.relname, v.version FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid, registry_version v
  WHERE t.tgname = 'move_registry_version';

-- The notice says nothing, so that one transaction gives one, however many statements it has.
CREATE OR REPLACE FUNCTION move_registry_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moved bigint;
BEGIN
  UPDATE registry_version SET version = version + 1 RETURNING version INTO STRICT moved;
  INSERT INTO registry_part AS part (name, version) VALUES (TG_TABLE_NAME, moved)
    ON CONFLICT (name) DO UPDATE SET version = moved;
  NOTIFY registry;
  RETURN NULL;
END $$;

GRANT SELECT ON registry_part TO :"hub_role";
