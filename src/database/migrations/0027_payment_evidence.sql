-- What a message without an amount proves, reasons of acts under seal, and indexes for a table of a million payments.

-- Whether the platform has named another amount or currency for a payment as paid (a confirmation in another currency says
-- `unknown`). Volatile: it sees what was committed while a lock was
-- waited for.
CREATE FUNCTION names_other_amount(of_payment uuid) RETURNS boolean LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM payment_message m JOIN payment p ON p.id = m.payment_id
      WHERE m.payment_id = of_payment AND m.outcome = 'verified'
        AND ((m.says = 'paid' AND m.amount <> p.amount) OR (m.says = 'unknown' AND m.kind = 'confirm')))
    OR EXISTS (SELECT FROM reconciliation_line l
      WHERE l.payment_id = of_payment AND l.their_status = 'paid' AND l.kind = 'amount-differs')
$$;

-- As before, and: an answer to QUERY, which names no amount, is evidence only while nothing else named another one.
CREATE OR REPLACE FUNCTION move_payment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  p payment%ROWTYPE;
  m payment_message%ROWTYPE;
  l reconciliation_line%ROWTYPE;
  e payment_exception%ROWTYPE;
BEGIN
  SELECT * INTO p FROM payment WHERE id = NEW.payment_id FOR UPDATE;
  IF p.state IS DISTINCT FROM NEW.from_state OR NEW.no IS DISTINCT FROM p.state_no + 1 THEN
    RAISE EXCEPTION 'payment % has moved', NEW.payment_id USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_moved';
  END IF;
  SELECT * INTO m FROM payment_message WHERE id = NEW.message_id;
  SELECT * INTO l FROM reconciliation_line WHERE reconciliation_id = NEW.reconciliation_id AND no = NEW.line_no;
  SELECT * INTO e FROM payment_exception WHERE id = NEW.exception_id;
  IF NEW.to_state = 'paid' AND NEW.from_state <> 'refund-requested' AND (
      (m.payment_id = p.id AND m.outcome = 'verified' AND m.says = 'paid'
        AND CASE WHEN m.amount IS NULL THEN NOT names_other_amount(p.id) ELSE m.amount = p.amount END)
      OR (l.payment_id = p.id AND l.their_status = 'paid' AND l.their_amount = p.amount)) IS NOT TRUE THEN
    RAISE EXCEPTION 'payment % has no evidence of its money', p.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_state_change_evidence';
  END IF;
  IF NEW.exception_id IS NOT NULL AND (e.payment_id = p.id AND e.state = 'decided'
      AND e.decision = CASE NEW.to_state WHEN 'paid' THEN 'accept' WHEN 'failed' THEN 'not-paid' END
      AND (NEW.to_state <> 'paid' OR (NEW.message_id, NEW.reconciliation_id, NEW.line_no)
        IS NOT DISTINCT FROM (e.message_id, e.reconciliation_id, e.line_no))) IS NOT TRUE THEN
    RAISE EXCEPTION 'exception % does not decide this', NEW.exception_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_state_change_person';
  END IF;
  RETURN NEW;
END $$;

-- Why somebody cancelled or asked for a refund: people's own words. Context `payment act ‖ exchange_id`; emptied with the form.
ALTER TABLE payment_act ADD COLUMN sealed_reason bytea;

-- The first payment of all, and figures by day.
CREATE INDEX payment_by_time ON payment (created_at);
-- What is to be purged.
CREATE INDEX payment_form_kept ON payment (changed_at) WHERE form <> '';
