-- Store and forward. A delivery is one thing on its way to one receiver; its steps are entries of the exchange log under
-- its own id. A dispatch is one call that takes one or more deliveries over a route. The hub's own role does all of it.

-- A delivery takes many steps: they are told apart by their number, which is 0 for every other kind of entry.
ALTER TABLE entry DROP CONSTRAINT entry_kind_check;
ALTER TABLE entry ADD CONSTRAINT entry_kind_check
  CHECK (kind IN ('opened', 'closed', 'unknown', 'resolved', 'refused', 'refusals', 'step'));
ALTER TABLE entry ADD COLUMN step_no integer NOT NULL DEFAULT 0
  CONSTRAINT entry_step_no_check CHECK ((kind = 'step') = (step_no > 0));
ALTER TABLE entry DROP CONSTRAINT entry_exchange_id_kind_key;
ALTER TABLE entry ADD CONSTRAINT entry_exchange_id_kind_step_no_key UNIQUE (exchange_id, kind, step_no);

CREATE TABLE dispatch (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- `document-axis`, `webhook`, …
  route text NOT NULL CHECK (route ~ '^[a-z][a-z0-9-]{0,30}$' AND route <> 'mailbox'),
  -- Within a route nothing overtakes what has an earlier position under the same key.
  order_key text NOT NULL CHECK (length(order_key) BETWEEN 1 AND 400),
  -- The place in that order: its own id, or that of the dispatch that it is a part of.
  position bigint NOT NULL,
  -- Whose turn it uses: an acting unit, or `axis` for what comes from outside.
  share text NOT NULL CHECK (length(share) BETWEEN 1 AND 100),
  -- 4 first. Documents: hỏa tốc before thường.
  priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 4),
  state text NOT NULL CHECK (state IN ('held', 'waiting', 'sending', 'done', 'dead', 'abandoned')),
  -- What the route needs to send it: ids and codes only, no personal data.
  content jsonb NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  -- Failed attempts in a row, by which the next one waits; an outage of the whole route is not counted.
  failures integer NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- While it is being sent.
  process_id uuid,
  lease_until timestamptz,
  accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Tried for so long, counted from the first attempt, and from the first after a replay: waiting for one's turn is no failure.
  give_up_hours integer NOT NULL CHECK (give_up_hours > 0),
  give_up_at timestamptz,
  ended_at timestamptz,
  -- Of the last attempt that failed: a problem code, and who must act.
  problem text,
  responsible text CHECK (responsible IN ('caller', 'hub', 'network', 'source')),
  -- What the other side said when it took it, e.g. its own id.
  answer jsonb,
  CHECK ((state = 'sending') = (process_id IS NOT NULL AND lease_until IS NOT NULL))
);
CREATE INDEX dispatch_due ON dispatch (route, share, priority DESC, position, id) WHERE state = 'waiting';
CREATE INDEX dispatch_order ON dispatch (route, order_key, position)
  WHERE state IN ('held', 'waiting', 'sending', 'dead');
CREATE INDEX dispatch_sending ON dispatch (lease_until) WHERE state = 'sending';
CREATE INDEX dispatch_dead ON dispatch (id) WHERE state = 'dead';
GRANT SELECT, INSERT, UPDATE ON dispatch TO :"hub_role";
-- The position is the id, so the id is taken before the row is written.
GRANT USAGE ON SEQUENCE dispatch_id_seq TO :"hub_role";

CREATE TABLE delivery (
  -- UUIDv7; the exchange id of its entries.
  id uuid PRIMARY KEY,
  -- The message that is delivered, in the tables of its service.
  subject uuid NOT NULL,
  -- Absent: straight into a mailbox.
  dispatch_id bigint REFERENCES dispatch,
  -- What all its leaves repeat. No system and no grant: it came from outside.
  system_id text,
  owning_unit text,
  acting_unit text,
  service text NOT NULL,
  operation text NOT NULL,
  grant_id text,
  -- The code as it was written, never rewritten; and the unit of ours that it stood for at acceptance.
  receiver text NOT NULL CHECK (length(receiver) BETWEEN 1 AND 200),
  receiver_unit text,
  state text NOT NULL CHECK (state IN (
    'held', 'waiting', 'sending', 'sent', 'delivered', 'taken', 'acknowledged', 'refused', 'dead', 'abandoned')),
  -- Place in the receiver's mailbox, without gaps.
  mailbox_no bigint,
  accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Its last leaf.
  step_no integer NOT NULL CHECK (step_no > 0),
  leaf_hash bytea NOT NULL CHECK (length(leaf_hash) = 32),
  CONSTRAINT delivery_in_mailbox UNIQUE (receiver_unit, mailbox_no),
  CHECK (mailbox_no IS NULL OR receiver_unit IS NOT NULL)
);
-- What a receiver has still to deal with.
CREATE INDEX delivery_open ON delivery (receiver_unit, mailbox_no) WHERE state IN ('delivered', 'taken');
CREATE INDEX delivery_by_subject ON delivery (subject);
CREATE INDEX delivery_by_dispatch ON delivery (dispatch_id) WHERE dispatch_id IS NOT NULL;
GRANT SELECT, INSERT, UPDATE ON delivery TO :"hub_role";

-- The last number given in each mailbox. Its row lock, taken last in an accepting transaction, makes the order in which
-- deliveries are seen that of their commits.
CREATE TABLE mailbox (
  unit_id text PRIMARY KEY,
  last_no bigint NOT NULL CHECK (last_no >= 0)
);
GRANT SELECT, INSERT, UPDATE ON mailbox TO :"hub_role";

-- Work that one process of the cluster does at a time.
CREATE TABLE work_lease (
  name text PRIMARY KEY,
  process_id uuid NOT NULL,
  lease_until timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON work_lease TO :"hub_role";
