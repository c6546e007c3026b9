-- Roles besides the owner and the hub's own: who takes over one of them cannot do the work of the others. What each is for
-- and how later migrations grant: docs/decisions/0046. A GRANT to a role begins a line and is repeated for a role that comes
-- later; nothing is granted inside DO, and nothing is revoked.

-- Up to which migration a separate role was given what the files grant it; kept by src/database/role-grants.ts.
CREATE TABLE database_role (
  kind text NOT NULL CHECK (kind IN ('sequencer', 'retention', 'registry')),
  role text NOT NULL,
  through integer NOT NULL,
  PRIMARY KEY (kind, role)
);
GRANT SELECT ON database_role TO :"hub_role";

GRANT USAGE ON SCHEMA public TO :"sequencer_role", :"retention_role", :"registry_role";
GRANT SELECT ON hub, migration, database_role TO :"sequencer_role", :"retention_role", :"registry_role";

-- The sequencer: numbers entries, keeps tree and heads, and what is searched.
GRANT SELECT ON entry, entry_private, delivery TO :"sequencer_role";
GRANT SELECT, DELETE ON entry_pending TO :"sequencer_role";
GRANT SELECT, INSERT ON leaf, checkpoint TO :"sequencer_role";
GRANT SELECT, INSERT, UPDATE ON tile TO :"sequencer_role";
GRANT SELECT, UPDATE ON tree_head, search_head TO :"sequencer_role";
GRANT SELECT, INSERT, UPDATE, DELETE ON exchange, exchange_code, exchange_subject, exchange_figure TO :"sequencer_role";
GRANT SELECT, INSERT ON cosignature TO :"sequencer_role";
GRANT SELECT, INSERT, UPDATE ON witness TO :"sequencer_role";
GRANT SELECT ON accepted_head TO :"sequencer_role", :"registry_role";

-- Retention: deletes and empties what may no longer be kept, and records that it did.
GRANT SELECT, INSERT (exchange_id, kind, step_no, text, leaf_hash, acting_unit, system_id, service, operation, problem)
  ON entry TO :"retention_role", :"registry_role";
GRANT USAGE ON SEQUENCE entry_id_seq TO :"retention_role", :"registry_role";
GRANT SELECT, INSERT ON entry_pending TO :"retention_role";
GRANT SELECT, INSERT, DELETE ON entry_private TO :"retention_role";
GRANT SELECT ON leaf, tree_head, checkpoint, search_head, exchange_figure TO :"retention_role";
GRANT SELECT, DELETE ON exchange, exchange_subject TO :"retention_role";
GRANT UPDATE (officer_id, purpose, case_code, result, sources, unit_codes, file_number) ON exchange TO :"retention_role";
GRANT SELECT ON delivery, named_blob, document_message, portal_change, portal_inbound, payment, payment_act, payment_message,
  payment_exception, payment_state_change TO :"retention_role";
GRANT UPDATE (form, small, purged_at) ON document_message TO :"retention_role";
GRANT UPDATE (form, purged_at) ON portal_change, portal_inbound TO :"retention_role";
GRANT UPDATE (form) ON payment TO :"retention_role";
GRANT UPDATE (sealed_reason) ON payment_act TO :"retention_role";
GRANT UPDATE (sealed_body) ON payment_message TO :"retention_role";

-- The registry: what administrators decide, the keys as the hub knows them, and what ends every day.
GRANT SELECT, INSERT, UPDATE ON unit, unit_code, unit_successor, system, system_key, mandate, officer, service, access_grant,
  source_switch, source_credential, proposal, registry_part TO :"registry_role";
GRANT SELECT, UPDATE ON registry_version TO :"registry_role";
GRANT DELETE ON unit_code, unit_successor, system_key TO :"registry_role";
GRANT SELECT, INSERT ON administration_change TO :"registry_role";
GRANT SELECT, INSERT, UPDATE, DELETE ON revoked_token, unit_import, daily_work TO :"registry_role";
GRANT SELECT, INSERT ON hub_key, token_key TO :"registry_role";
GRANT SELECT, UPDATE ON scan TO :"registry_role";
GRANT SELECT, INSERT, UPDATE ON delivery, dispatch, mailbox TO :"registry_role";
GRANT USAGE ON SEQUENCE dispatch_id_seq TO :"registry_role";
GRANT SELECT ON document_message TO :"registry_role";
GRANT INSERT ON entry_private, entry_pending TO :"registry_role";
GRANT SELECT ON open_exchange TO :"registry_role";
-- Months are made by the daily work, of the owner's right: a table that lies by month is the owner's. Tables are made in the
-- first schema that is named; pg_catalog, unnamed, is searched before it all the same.
ALTER FUNCTION make_month(date) SECURITY DEFINER SET search_path = public, pg_temp;
GRANT EXECUTE ON FUNCTION make_month(date) TO :"registry_role";
GRANT SELECT ON entry_default, entry_private_default, exchange_default, exchange_code_default, exchange_subject_default TO :"registry_role";
GRANT SELECT, DELETE ON quota_use, hub_process, source_minute, source_state, process_state TO :"registry_role";
GRANT SELECT, INSERT ON time_stamp TO :"registry_role";
GRANT SELECT, UPDATE ON time_stamp_turn TO :"registry_role";
GRANT SELECT, INSERT, UPDATE ON storage_day TO :"registry_role";
-- Classes and holds are decided by administrators and auditors, and counted by retention, whose lock on them asks for UPDATE.
GRANT SELECT, INSERT, UPDATE ON retention_class, entry_hold TO :"registry_role";
GRANT SELECT, INSERT ON retention_change TO :"registry_role";
GRANT SELECT ON retention_change TO :"retention_role";
GRANT SELECT, UPDATE ON retention_class, entry_hold TO :"retention_role";
GRANT SELECT, INSERT, UPDATE ON purge_batch, purged_month, destroyed_month_key TO :"retention_role";
GRANT SELECT, DELETE ON exchange_code TO :"retention_role";
GRANT UPDATE (accepted_by) ON exchange TO :"retention_role";
-- Logs that ended are read by all; which one is written, the process says that comes first.
GRANT SELECT ON log, old_leaf, old_tile, old_checkpoint TO :"sequencer_role", :"retention_role", :"registry_role";
GRANT INSERT ON log TO :"registry_role";
-- What is asked of the head at start, and what an authority is given to stamp.
GRANT SELECT ON leaf, tile, tree_head, checkpoint, cosignature, witness TO :"registry_role";
