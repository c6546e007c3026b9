-- Lists of the portal's dossiers that an index serves, and whose a dossier's changes are once it went to another unit.

-- The repair list for the score: few of a unit's dossiers.
CREATE INDEX portal_dossier_score ON portal_dossier (unit_id, last_dossier_change) WHERE score <> '{}';
-- Those of which nothing was ever synchronised: what waits for the first time, and what was withdrawn.
CREATE INDEX portal_dossier_never ON portal_dossier (unit_id, changed_at DESC, code) WHERE synchronised_at IS NULL;

-- Changes before this number are those of the unit that had the dossier before.
ALTER TABLE portal_dossier ADD COLUMN from_no integer NOT NULL DEFAULT 1 CHECK (from_no > 0);

-- What may be at the portal though its change was given up: the next change looks it up.
CREATE INDEX portal_change_unsure ON portal_change (dossier_code) WHERE is_unsure;
