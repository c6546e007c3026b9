-- Online payments (openapi/payment.v1.yaml) and the ledger's rules as far as SQL can hold them. A state is moved by
-- inserting its change, and by nothing else: history and state cannot part. What payers say is sealed (`form`,
-- src/registry/sealed-text.ts); columns hold codes, numbers and times only. Amounts are VND.

CREATE DOMAIN vnd AS bigint CHECK (VALUE BETWEEN 1 AND 9000000000000);

-- Accounts that money may be sent to; rows come from approved changes only.
CREATE TABLE beneficiary (
  code text PRIMARY KEY CHECK (code ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
  -- Whose demands may name it; absent: every unit's.
  unit_id text,
  account text NOT NULL CHECK (account ~ '^[0-9A-Za-z.-]{4,40}$'),
  bank_code text NOT NULL CHECK (bank_code ~ '^[0-9A-Za-z._-]{2,20}$'),
  account_name words NOT NULL,
  treasury words,
  budget_account text CHECK (budget_account ~ '^[0-9A-Za-z.-]{2,40}$'),
  state text NOT NULL CHECK (state IN ('active', 'closed')),
  revision bigint NOT NULL CHECK (revision > 0),
  changed_at instant NOT NULL
);

-- What one person asks for and another decides; its id is the exchange that asked.
CREATE TABLE beneficiary_change (
  id uuid PRIMARY KEY,
  code text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
  -- The revision that it was made against; 0: there was none.
  revision bigint NOT NULL CHECK (revision >= 0),
  unit_id text,
  account text NOT NULL,
  bank_code text NOT NULL,
  account_name words NOT NULL,
  treasury words,
  budget_account text,
  -- What the account is to be.
  becomes text NOT NULL CHECK (becomes IN ('active', 'closed')),
  reason words NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'refused')),
  requested_by_system registry_id NOT NULL REFERENCES system,
  requested_by_officer text NOT NULL REFERENCES officer,
  requested_at instant NOT NULL DEFAULT clock_timestamp(),
  decided_by_system registry_id REFERENCES system,
  decided_by_officer text REFERENCES officer,
  decided_at instant,
  decision_reason words,
  -- The exchange that decided it.
  decided_in uuid,
  CONSTRAINT beneficiary_change_decided CHECK (
    num_nonnulls(decided_by_system, decided_by_officer, decided_at, decided_in)
      = CASE state WHEN 'pending' THEN 0 ELSE 4 END),
  CONSTRAINT beneficiary_four_eyes CHECK (
    state = 'pending' OR (decided_by_system <> requested_by_system AND decided_by_officer <> requested_by_officer))
);
CREATE UNIQUE INDEX beneficiary_change_one_pending ON beneficiary_change (code) WHERE state = 'pending';
CREATE INDEX beneficiary_change_by_time ON beneficiary_change (requested_at, id);

-- Of the owner's right: the hub's role decides a change, and the account follows it here.
CREATE FUNCTION apply_beneficiary_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE touched integer;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'pending' THEN
      RAISE EXCEPTION 'a change begins as pending' USING ERRCODE = 'check_violation', CONSTRAINT = 'beneficiary_change_kept';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state <> 'pending' OR NEW.state = 'pending' THEN
    RAISE EXCEPTION 'change % is decided once', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'beneficiary_change_kept';
  END IF;
  IF NEW.state = 'approved' THEN
    INSERT INTO beneficiary AS b (code, unit_id, account, bank_code, account_name, treasury, budget_account, state, revision, changed_at)
    VALUES (NEW.code, NEW.unit_id, NEW.account, NEW.bank_code, NEW.account_name, NEW.treasury, NEW.budget_account, NEW.becomes,
      NEW.revision + 1, clock_timestamp())
    ON CONFLICT (code) DO UPDATE SET unit_id = excluded.unit_id, account = excluded.account, bank_code = excluded.bank_code,
      account_name = excluded.account_name, treasury = excluded.treasury, budget_account = excluded.budget_account,
      state = excluded.state, revision = excluded.revision, changed_at = excluded.changed_at
    WHERE b.revision = NEW.revision;
    GET DIAGNOSTICS touched = ROW_COUNT;
    IF touched = 0 THEN
      RAISE EXCEPTION 'beneficiary % was changed meanwhile', NEW.code USING ERRCODE = 'check_violation', CONSTRAINT = 'beneficiary_revision';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER apply_beneficiary_change BEFORE INSERT OR UPDATE ON beneficiary_change
  FOR EACH ROW EXECUTE FUNCTION apply_beneficiary_change();

CREATE TABLE payment (
  -- UUIDv7: the exchange that created it.
  id uuid PRIMARY KEY,
  -- MaThamChieu.
  reference text NOT NULL CONSTRAINT payment_reference UNIQUE CHECK (reference ~ '^[A-Z0-9]{8,20}$'),
  variant text NOT NULL CHECK (variant IN ('payment-platform', 'keypay')),
  -- The acting unit whose demand it is, and the system that made it.
  unit_id text NOT NULL,
  owning_unit text NOT NULL,
  system_id text NOT NULL,
  grant_id text,
  dossier text NOT NULL CHECK (dossier ~ '^[\x21-\x7E]{1,80}$' AND dossier !~ '^(\d{9}|\d{12})$'),
  procedure_code text NOT NULL CHECK (length(procedure_code) BETWEEN 1 AND 40),
  kind text NOT NULL CHECK (kind IN ('fee', 'fine')),
  amount vnd NOT NULL,
  beneficiary_code text NOT NULL REFERENCES beneficiary,
  -- As it stood when the demand was made; its values are in the form.
  beneficiary_revision bigint NOT NULL,
  -- Of the fee lines in canonical JSON: the same demand is not made twice while one is open.
  lines_sha256 text NOT NULL CHECK (lines_sha256 ~ '^[0-9a-f]{64}$'),
  -- JSON: payer, lines, text, names, beneficiary, return address. Context `payment ‖ id`. Empty once purged.
  form bytea NOT NULL,
  expires_at instant NOT NULL,
  created_at instant NOT NULL DEFAULT clock_timestamp(),
  -- Moved by `payment_state_change` only.
  state text NOT NULL DEFAULT 'created' CHECK (state IN (
    'created', 'waiting', 'in-doubt', 'paid', 'failed', 'expired', 'cancelled', 'refund-requested', 'refunded')),
  state_no integer NOT NULL DEFAULT 0,
  changed_at instant NOT NULL DEFAULT clock_timestamp(),
  paid_at instant,
  -- MaGiaoDich of the transaction that paid it; may be learned after the state.
  transaction_code text CHECK (length(transaction_code) BETWEEN 1 AND 100),
  -- Context `payment url ‖ id`; once.
  sealed_url bytea,
  -- What is to be done by itself: asking the platform, then fetching the receipt.
  queries integer NOT NULL DEFAULT 0 CHECK (queries >= 0),
  next_query_at instant,
  receipt_attempts integer NOT NULL DEFAULT 0 CHECK (receipt_attempts >= 0),
  next_receipt_at instant,
  -- While a process does it.
  lease_id uuid,
  lease_until instant,
  CONSTRAINT payment_lease CHECK (num_nonnulls(lease_id, lease_until) IN (0, 2)),
  CONSTRAINT payment_paid CHECK (state NOT IN ('paid', 'refund-requested', 'refunded') OR paid_at IS NOT NULL)
);
CREATE UNIQUE INDEX payment_one_open ON payment (unit_id, dossier, lines_sha256)
  WHERE state IN ('created', 'waiting', 'in-doubt');
CREATE INDEX payment_by_unit ON payment (unit_id, id);
-- The first payment of all, and figures by day.
CREATE INDEX payment_by_time ON payment (created_at);
-- The province's lists: refunds that wait, what is in doubt.
CREATE INDEX payment_by_state ON payment (state, id);
-- What is to be purged.
CREATE INDEX payment_form_kept ON payment (changed_at) WHERE form <> '';
CREATE INDEX payment_by_dossier ON payment (dossier, id);
CREATE INDEX payment_by_paid ON payment (paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX payment_query_due ON payment (next_query_at) WHERE next_query_at IS NOT NULL;
CREATE INDEX payment_receipt_due ON payment (next_receipt_at) WHERE next_receipt_at IS NOT NULL;

-- What never changes, whoever writes; the owner may empty the form when its time is over.
CREATE FUNCTION keep_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'created' OR NEW.state_no <> 0 OR num_nonnulls(NEW.paid_at, NEW.transaction_code) <> 0 THEN
      RAISE EXCEPTION 'a payment begins as created' USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_begins';
    END IF;
    RETURN NEW;
  END IF;
  IF (OLD.id, OLD.reference, OLD.variant, OLD.unit_id, OLD.owning_unit, OLD.system_id, OLD.grant_id, OLD.dossier,
      OLD.procedure_code, OLD.kind, OLD.amount, OLD.beneficiary_code, OLD.beneficiary_revision, OLD.lines_sha256,
      OLD.expires_at, OLD.created_at)
    IS DISTINCT FROM
     (NEW.id, NEW.reference, NEW.variant, NEW.unit_id, NEW.owning_unit, NEW.system_id, NEW.grant_id, NEW.dossier,
      NEW.procedure_code, NEW.kind, NEW.amount, NEW.beneficiary_code, NEW.beneficiary_revision, NEW.lines_sha256,
      NEW.expires_at, NEW.created_at)
    OR (OLD.form IS DISTINCT FROM NEW.form AND NEW.form <> '')
    OR (OLD.paid_at IS NOT NULL AND OLD.paid_at IS DISTINCT FROM NEW.paid_at)
    OR (OLD.transaction_code IS NOT NULL AND OLD.transaction_code IS DISTINCT FROM NEW.transaction_code)
    OR (OLD.sealed_url IS NOT NULL AND OLD.sealed_url IS DISTINCT FROM NEW.sealed_url) THEN
    RAISE EXCEPTION 'payment % cannot be changed so', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_kept';
  END IF;
  IF OLD.state IS DISTINCT FROM NEW.state AND NOT EXISTS (
    SELECT FROM payment_state_change c WHERE c.payment_id = OLD.id AND c.no = NEW.state_no
      AND c.from_state = OLD.state AND c.to_state = NEW.state) THEN
    RAISE EXCEPTION 'payment % has no such change', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_state_cause';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_payment BEFORE INSERT OR UPDATE ON payment FOR EACH ROW EXECUTE FUNCTION keep_payment();

-- Every message from and to the platform: digests and codes, never bodies in clear. Refused ones are single rows up to a
-- limit a minute, then counted in `payment_refusals`: nobody can fill the table.
CREATE TABLE payment_message (
  id uuid PRIMARY KEY,
  payment_id uuid REFERENCES payment,
  direction text NOT NULL CHECK (direction IN ('in', 'out')),
  kind text NOT NULL CHECK (kind IN (
    'init', 'query', 'get-bill', 'cancel', 'reconciliation', 'confirm', 'keypay-callback', 'bill-look-up')),
  -- `verified`: the checksum held, or it is the answer to a call of ours; `unclear`: no answer that could be read.
  outcome text NOT NULL CHECK (outcome IN ('verified', 'refused', 'unclear')),
  -- Why it was refused, or the platform's code where that is not `00`.
  code text CHECK (code ~ '^[A-Za-z0-9._-]{1,40}$'),
  -- What a verified one says of the money.
  says text CHECK (says IN ('paid', 'not-confirmed', 'pending', 'failed', 'unknown')),
  amount bigint CHECK (amount BETWEEN 0 AND 9000000000000000),
  transaction_code text CHECK (length(transaction_code) BETWEEN 1 AND 100),
  -- ThoiGianGD.
  said_at instant,
  -- Of the bytes, and of what answered them. Of a verified confirmation: of the members that its checksum vouches for, so
  -- that it is the same one whatever else stands in the body; the bytes are in its exchange.
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes integer NOT NULL CHECK (bytes >= 0),
  answer_sha256 text CHECK (answer_sha256 ~ '^[0-9a-f]{64}$'),
  -- The body of a verified one that made an exception, for the person who decides it. Context `payment message ‖ id`.
  sealed_body bytea,
  exchange_id uuid,
  at instant NOT NULL DEFAULT clock_timestamp(),
  CHECK (says IS NULL OR outcome = 'verified'),
  -- A confirmation always states the amount; a query's answer has none.
  CONSTRAINT payment_message_paid CHECK (says IS DISTINCT FROM 'paid' OR kind = 'query' OR amount IS NOT NULL)
);
CREATE INDEX payment_message_by_payment ON payment_message (payment_id, at, id) WHERE payment_id IS NOT NULL;
-- The same confirmation is one message, however often it comes.
CREATE UNIQUE INDEX payment_message_once ON payment_message (kind, sha256)
  WHERE direction = 'in' AND outcome = 'verified' AND kind IN ('confirm', 'keypay-callback');

-- Refused messages of a minute beyond those written singly.
CREATE TABLE payment_refusals (
  minute instant NOT NULL,
  kind text NOT NULL CHECK (kind IN ('confirm', 'keypay-callback', 'bill-look-up')),
  why text NOT NULL CHECK (why ~ '^[a-z-]{1,40}$'),
  count bigint NOT NULL CHECK (count > 0),
  PRIMARY KEY (minute, kind, why)
);

-- Reconciliation with the platform, by the day in Asia/Ho_Chi_Minh.
CREATE TABLE reconciliation (
  id uuid PRIMARY KEY,
  variant text NOT NULL CHECK (variant IN ('payment-platform', 'keypay')),
  day date NOT NULL,
  cause text NOT NULL CHECK (cause IN ('daily', 'demand')),
  -- Of the demand.
  exchange_id uuid UNIQUE,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed')),
  -- A problem code.
  problem text CHECK (length(problem) <= 100),
  -- Of the platform's file.
  sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  -- Lines written so far, which is its progress, and rows read of the file.
  lines integer NOT NULL DEFAULT 0 CHECK (lines >= 0),
  rows integer NOT NULL DEFAULT 0 CHECK (rows >= 0),
  lease_id uuid,
  lease_until instant,
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  started_at instant NOT NULL DEFAULT clock_timestamp(),
  ended_at instant,
  CONSTRAINT reconciliation_ended CHECK ((state = 'running') = (ended_at IS NULL)),
  CONSTRAINT reconciliation_cause CHECK ((cause = 'demand') = (exchange_id IS NOT NULL)),
  CONSTRAINT reconciliation_lease CHECK (num_nonnulls(lease_id, lease_until) IN (0, 2))
);
CREATE UNIQUE INDEX reconciliation_one_daily ON reconciliation (variant, day) WHERE cause = 'daily';
CREATE UNIQUE INDEX reconciliation_one_running ON reconciliation (variant, day) WHERE state = 'running';
CREATE INDEX reconciliation_by_day ON reconciliation (day, id);

CREATE TABLE reconciliation_line (
  reconciliation_id uuid NOT NULL REFERENCES reconciliation,
  no integer NOT NULL CHECK (no > 0),
  kind text NOT NULL CHECK (kind IN ('matched', 'only-ours', 'only-theirs', 'amount-differs', 'status-differs')),
  payment_id uuid REFERENCES payment,
  reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 100),
  transaction_code text CHECK (length(transaction_code) BETWEEN 1 AND 100),
  our_amount bigint,
  their_amount bigint,
  our_state text,
  their_status text CHECK (their_status IN ('paid', 'refunded', 'not-paid', 'unknown')),
  bank text CHECK (length(bank) <= 100),
  said_at instant,
  PRIMARY KEY (reconciliation_id, no),
  CONSTRAINT reconciliation_line_sides CHECK (CASE kind
    WHEN 'only-ours' THEN payment_id IS NOT NULL AND their_amount IS NULL AND their_status IS NULL
    WHEN 'only-theirs' THEN payment_id IS NULL AND our_amount IS NULL AND their_amount IS NOT NULL
    ELSE num_nulls(payment_id, our_amount, their_amount, our_state, their_status) = 0 END),
  CONSTRAINT reconciliation_line_amounts CHECK (CASE kind
    WHEN 'matched' THEN our_amount = their_amount WHEN 'amount-differs' THEN our_amount <> their_amount ELSE true END)
);
CREATE INDEX reconciliation_line_by_kind ON reconciliation_line (reconciliation_id, kind, no);
CREATE INDEX reconciliation_line_by_payment ON reconciliation_line (payment_id) WHERE payment_id IS NOT NULL;

-- What waits for a person, and what the person decided.
CREATE TABLE payment_exception (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('wrong-amount', 'after-cancel', 'after-failure', 'late', 'paid-twice',
    'pending-too-long', 'status-differs', 'amount-differs', 'only-ours', 'refund-differs', 'unknown-reference',
    'only-theirs')),
  -- What makes it the same one: nothing that comes again makes a second.
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 300),
  payment_id uuid REFERENCES payment,
  message_id uuid REFERENCES payment_message,
  reconciliation_id uuid,
  line_no integer,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'decided')),
  decision text CHECK (decision IN ('accept', 'not-paid', 'return-money', 'noted')),
  reason words,
  decided_by_system registry_id,
  decided_by_officer text,
  -- The exchange that decided it.
  decided_in uuid UNIQUE,
  decided_at instant,
  created_at instant NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT payment_exception_once UNIQUE (kind, key),
  FOREIGN KEY (reconciliation_id, line_no) REFERENCES reconciliation_line,
  CHECK (num_nonnulls(reconciliation_id, line_no) IN (0, 2)),
  CONSTRAINT payment_exception_decided CHECK (
    num_nonnulls(decision, reason, decided_by_system, decided_by_officer, decided_in, decided_at)
      = CASE state WHEN 'open' THEN 0 ELSE 6 END),
  -- Only what says "paid in the whole amount" can be accepted.
  CONSTRAINT payment_exception_acceptable CHECK (decision IS DISTINCT FROM 'accept'
    OR (kind IN ('after-cancel', 'status-differs') AND payment_id IS NOT NULL AND num_nonnulls(message_id, line_no) > 0))
);
CREATE INDEX payment_exception_by_state ON payment_exception (state, id);
CREATE INDEX payment_exception_by_payment ON payment_exception (payment_id) WHERE payment_id IS NOT NULL;

CREATE FUNCTION keep_payment_exception() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'decided' OR (OLD.id, OLD.kind, OLD.key, OLD.payment_id, OLD.message_id, OLD.reconciliation_id, OLD.line_no, OLD.created_at)
    IS DISTINCT FROM (NEW.id, NEW.kind, NEW.key, NEW.payment_id, NEW.message_id, NEW.reconciliation_id, NEW.line_no, NEW.created_at) THEN
    RAISE EXCEPTION 'exception % is decided once', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_exception_kept';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_payment_exception BEFORE UPDATE ON payment_exception
  FOR EACH ROW EXECUTE FUNCTION keep_payment_exception();

-- The ledger: numbered within a payment, each with its cause.
CREATE TABLE payment_state_change (
  payment_id uuid NOT NULL REFERENCES payment,
  no integer NOT NULL CHECK (no > 0),
  from_state text NOT NULL,
  to_state text NOT NULL,
  event text NOT NULL CHECK (event ~ '^[a-z][a-z-]{1,40}$'),
  -- A message, a reconciled line, a person's decision on an exception, or the call of a system.
  message_id uuid REFERENCES payment_message,
  reconciliation_id uuid,
  line_no integer,
  exception_id uuid REFERENCES payment_exception,
  exchange_id uuid,
  officer_id text,
  at instant NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (payment_id, no),
  FOREIGN KEY (reconciliation_id, line_no) REFERENCES reconciliation_line,
  CHECK (num_nonnulls(reconciliation_id, line_no) IN (0, 2)),
  CONSTRAINT payment_state_change_cause CHECK (
    to_state = 'in-doubt' OR num_nonnulls(message_id, line_no, exception_id, exchange_id) > 0),
  -- src/services/payment/ledger.ts `followers`.
  CONSTRAINT payment_state_change_allowed CHECK ((from_state, to_state) IN (
    ('created', 'waiting'), ('created', 'in-doubt'), ('created', 'paid'), ('created', 'failed'), ('created', 'expired'),
    ('created', 'cancelled'),
    ('waiting', 'in-doubt'), ('waiting', 'paid'), ('waiting', 'failed'), ('waiting', 'expired'), ('waiting', 'cancelled'),
    ('in-doubt', 'paid'), ('in-doubt', 'failed'),
    ('failed', 'paid'), ('expired', 'paid'), ('cancelled', 'paid'),
    ('paid', 'refund-requested'), ('refund-requested', 'paid'), ('refund-requested', 'refunded'))),
  -- No confirmation without a verified message or a reconciled line; after a cancel only by a person's decision.
  CONSTRAINT payment_state_change_evidence CHECK (to_state <> 'paid' OR from_state = 'refund-requested'
    OR num_nonnulls(message_id, line_no) > 0),
  CONSTRAINT payment_state_change_person CHECK (NOT (from_state = 'cancelled' AND exception_id IS NULL)
    AND NOT (line_no IS NOT NULL AND exception_id IS NULL)
    AND NOT (from_state = 'refund-requested' AND officer_id IS NULL))
);
CREATE INDEX payment_state_change_by_time ON payment_state_change (at);

-- Whether the platform has named another amount or currency for a payment as paid (a confirmation in another currency says
-- `unknown`). Volatile: it sees what was committed while a lock was waited for.
CREATE FUNCTION names_other_amount(of_payment uuid) RETURNS boolean LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM payment_message m JOIN payment p ON p.id = m.payment_id
      WHERE m.payment_id = of_payment AND m.outcome = 'verified'
        AND ((m.says = 'paid' AND m.amount <> p.amount) OR (m.says = 'unknown' AND m.kind = 'confirm')))
    OR EXISTS (SELECT FROM reconciliation_line l
      WHERE l.payment_id = of_payment AND l.their_status = 'paid' AND l.kind = 'amount-differs')
$$;

-- Moves the payment with its change. Of the owner's right: the hub's role may not touch a state. An answer to QUERY, which
-- names no amount, is evidence only while nothing else named another one.
CREATE FUNCTION move_payment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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
CREATE TRIGGER move_payment BEFORE INSERT ON payment_state_change FOR EACH ROW EXECUTE FUNCTION move_payment();

CREATE FUNCTION follow_payment_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE payment SET state = NEW.to_state, state_no = NEW.no, changed_at = NEW.at,
    paid_at = CASE WHEN NEW.to_state = 'paid' THEN coalesce(paid_at, NEW.at) ELSE paid_at END,
    transaction_code = CASE WHEN NEW.to_state = 'paid' THEN coalesce(transaction_code,
        (SELECT m.transaction_code FROM payment_message m WHERE m.id = NEW.message_id),
        (SELECT l.transaction_code FROM reconciliation_line l
         WHERE l.reconciliation_id = NEW.reconciliation_id AND l.no = NEW.line_no))
      ELSE transaction_code END
  WHERE id = NEW.payment_id;
  RETURN NULL;
END $$;
CREATE TRIGGER follow_payment_change AFTER INSERT ON payment_state_change
  FOR EACH ROW EXECUTE FUNCTION follow_payment_change();

-- What was written stays, whoever asks: the owner too would have to drop these first.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is only added to', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = 'only_added_to';
END $$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON payment_state_change FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON reconciliation_line FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE DELETE ON payment FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A receipt is stored once.
CREATE TABLE payment_receipt (
  payment_id uuid PRIMARY KEY REFERENCES payment,
  form text NOT NULL CHECK (form IN ('url', 'pdf')),
  -- Of the PDF, a blob; of the address as text.
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint NOT NULL CHECK (bytes > 0),
  -- Context `payment receipt ‖ id`.
  sealed_url bytea,
  message_id uuid REFERENCES payment_message,
  stored_at instant NOT NULL DEFAULT clock_timestamp(),
  CHECK ((form = 'url') = (sealed_url IS NOT NULL))
);
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON payment_receipt FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What a unit is told, the subject of a delivery into its mailbox: one for each change worth telling.
CREATE TABLE payment_outcome (
  id uuid PRIMARY KEY,
  payment_id uuid NOT NULL,
  change_no integer NOT NULL,
  UNIQUE (payment_id, change_no),
  FOREIGN KEY (payment_id, change_no) REFERENCES payment_state_change
);

-- What acts came to, by the exchange that asked, for their repeat: ids and codes only.
CREATE TABLE payment_act (
  exchange_id uuid PRIMARY KEY,
  answer jsonb NOT NULL,
  -- Why somebody cancelled or asked for a refund: people's own words. Context `payment act ‖ exchange_id`; emptied with the form.
  sealed_reason bytea,
  at instant NOT NULL DEFAULT clock_timestamp()
);

GRANT SELECT ON beneficiary, beneficiary_change, payment, payment_message, payment_refusals, reconciliation,
  reconciliation_line, payment_exception, payment_state_change, payment_receipt, payment_outcome, payment_act
  TO :"hub_role";
GRANT INSERT ON payment_message, reconciliation, reconciliation_line, payment_state_change, payment_receipt,
  payment_outcome, payment_act, payment_refusals, beneficiary_change TO :"hub_role";
GRANT INSERT (id, kind, key, payment_id, message_id, reconciliation_id, line_no) ON payment_exception TO :"hub_role";
GRANT INSERT (id, reference, variant, unit_id, owning_unit, system_id, grant_id, dossier, procedure_code, kind, amount,
  beneficiary_code, beneficiary_revision, lines_sha256, form, expires_at, next_query_at) ON payment TO :"hub_role";
GRANT UPDATE (transaction_code, sealed_url, queries, next_query_at, receipt_attempts, next_receipt_at, lease_id,
  lease_until) ON payment TO :"hub_role";
GRANT UPDATE (count) ON payment_refusals TO :"hub_role";
GRANT UPDATE (answer_sha256) ON payment_message TO :"hub_role";
GRANT UPDATE (state, problem, sha256, lines, rows, lease_id, lease_until, attempts, ended_at) ON reconciliation
  TO :"hub_role";
GRANT UPDATE (state, decision, reason, decided_by_system, decided_by_officer, decided_in, decided_at)
  ON payment_exception TO :"hub_role";
GRANT UPDATE (state, decided_by_system, decided_by_officer, decided_at, decision_reason, decided_in)
  ON beneficiary_change TO :"hub_role";
