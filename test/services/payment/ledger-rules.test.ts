// The ledger's rules as the database holds them, whatever the program does.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { followers, paymentStates } from '../../../src/services/payment/ledger.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database.ts';

const amount = 150_000;
const digest = '0'.repeat(64);

describe('The ledger in the database', () => {
  let database: FreshDatabase;
  let hub: pg.Client;
  let owner: pg.Client;
  let count = 0;

  before(async () => {
    database = await freshDatabase();
    hub = new pg.Client(database.hubUrl);
    owner = new pg.Client(database.ownerUrl);
    await Promise.all([hub.connect(), owner.connect()]);
    await owner.query(
      `INSERT INTO beneficiary (code, account, bank_code, account_name, state, revision, changed_at)
       VALUES ('invented', '9990000001', 'TESTBANK', 'Kho bạc thử', 'active', 1, now())`,
    );
  });
  after(async () => {
    await Promise.all([hub.end(), owner.end()]);
    await database.drop();
  });

  async function makePayment(): Promise<string> {
    const id = randomUUID();
    count += 1;
    await hub.query(
      `INSERT INTO payment (id, reference, variant, unit_id, owning_unit, system_id, dossier, procedure_code, kind, amount,
         beneficiary_code, beneficiary_revision, lines_sha256, form, expires_at)
       VALUES ($1, $2, 'payment-platform', 'unit', 'unit', 'system', $3, '2.000488', 'fee', $4, 'invented', 1, $5, '', now())`,
      [id, `TC${String(count).padStart(10, '0')}`, `H99.10-261126-${count}`, amount, digest],
    );
    return id;
  }

  async function makeMessage(
    paymentId: string,
    more: { says?: string; amount?: number } = {},
  ): Promise<string> {
    const id = randomUUID();
    count += 1;
    await hub.query(
      `INSERT INTO payment_message (id, payment_id, direction, kind, outcome, says, amount, transaction_code, sha256, bytes)
       VALUES ($1, $2, 'in', 'confirm', 'verified', $3, $4, 'GD9990000001', $5, 10)`,
      [id, paymentId, more.says ?? 'paid', more.amount ?? amount, String(count).padStart(64, '0')],
    );
    return id;
  }

  interface Change {
    readonly message?: string;
    readonly exception?: string;
    readonly no?: number;
  }

  const move = (client: pg.Client, id: string, from: string, to: string, change: Change = {}) =>
    client.query(
      `INSERT INTO payment_state_change (payment_id, no, from_state, to_state, event, message_id, exception_id, exchange_id)
       VALUES ($1, coalesce($2, (SELECT state_no + 1 FROM payment WHERE id = $1)), $3, $4, 'confirmed', $5, $6, gen_random_uuid())`,
      [id, change.no ?? null, from, to, change.message ?? null, change.exception ?? null],
    );

  async function makeException(paymentId: string, messageId: string, decision: string): Promise<string> {
    const id = randomUUID();
    await hub.query(
      `INSERT INTO payment_exception (id, kind, key, payment_id, message_id) VALUES ($1, 'after-cancel', $2, $3, $4)`,
      [id, id, paymentId, messageId],
    );
    await hub.query(
      `UPDATE payment_exception SET state = 'decided', decision = $2, reason = 'Đã xem', decided_by_system = 'system',
         decided_by_officer = 'officer', decided_in = gen_random_uuid(), decided_at = now() WHERE id = $1`,
      [id, decision],
    );
    return id;
  }

  const read = async (id: string) =>
    (await hub.query('SELECT state, state_no, transaction_code FROM payment WHERE id = $1', [id])).rows[0];

  const refused = (constraint: string) => (error: unknown) =>
    error instanceof pg.DatabaseError && error.constraint === constraint;

  it('a state moves with its change and its cause, and by nothing else', async () => {
    const id = await makePayment();
    await move(hub, id, 'created', 'waiting');
    await move(hub, id, 'waiting', 'paid', { message: await makeMessage(id) });
    assert.deepEqual(await read(id), { state: 'paid', state_no: 2, transaction_code: 'GD9990000001' });
    const update = "UPDATE payment SET state = 'refunded' WHERE id = $1";
    await assert.rejects(hub.query(update, [id]), /permission denied/);
    await assert.rejects(owner.query(update, [id]), refused('payment_state_cause'));
  });

  it('an amount never changes, and no payment goes away, for the owner neither', async () => {
    const id = await makePayment();
    const update = 'UPDATE payment SET amount = 1 WHERE id = $1';
    await assert.rejects(hub.query(update, [id]), /permission denied/);
    await assert.rejects(owner.query(update, [id]), refused('payment_kept'));
    await assert.rejects(owner.query('DELETE FROM payment WHERE id = $1', [id]), refused('only_added_to'));
  });

  it('nothing is paid without a verified message of the whole amount, of this payment', async () => {
    const id = await makePayment();
    const none = refused('payment_state_change_evidence');
    const wrong = [
      await makeMessage(id, { amount: 15_000 }),
      await makeMessage(id, { says: 'pending' }),
      await makeMessage(await makePayment()),
    ];
    await assert.rejects(move(hub, id, 'created', 'paid'), none);
    for (const message of wrong) await assert.rejects(move(owner, id, 'created', 'paid', { message }), none);
    assert.equal((await read(id)).state, 'created');
  });

  it('after a cancel only a decision of a person about that very message takes the money', async () => {
    const id = await makePayment();
    await move(hub, id, 'created', 'cancelled');
    const message = await makeMessage(id);
    const person = refused('payment_state_change_person');
    await assert.rejects(move(hub, id, 'cancelled', 'paid', { message }), person);
    const noted = await makeException(id, message, 'noted');
    await assert.rejects(move(hub, id, 'cancelled', 'paid', { message, exception: noted }), person);
    const exception = await makeException(id, message, 'accept');
    const unseen = await makeMessage(id);
    await assert.rejects(move(hub, id, 'cancelled', 'paid', { message: unseen, exception }), person);
    await move(hub, id, 'cancelled', 'paid', { message, exception });
    assert.equal((await read(id)).state, 'paid');
  });

  it('of two changes from the same state one goes through', async () => {
    const id = await makePayment();
    await move(hub, id, 'created', 'waiting', { no: 1 });
    await assert.rejects(move(hub, id, 'created', 'cancelled', { no: 1 }), refused('payment_moved'));
    await assert.rejects(move(hub, id, 'waiting', 'cancelled', { no: 3 }), refused('payment_moved'));
  });

  it('knows the same followers of each state as the program', async () => {
    const { rows } = await owner.query(
      "SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = 'payment_state_change_allowed'",
    );
    const pairs = [...String(rows[0].text).matchAll(/'([a-z-]+)'::text[^']*'([a-z-]+)'::text/g)].map(
      ([, from, to]) => `${from} ${to}`,
    );
    const expected = paymentStates.flatMap((from) => followers[from].map((to) => `${from} ${to}`));
    assert.deepEqual(pairs.sort(), [...expected].sort());
  });

  it('what was decided or recorded stays, and the same exception is there once', async () => {
    const id = await makePayment();
    const message = await makeMessage(id);
    const exception = await makeException(id, message, 'noted');
    await assert.rejects(
      hub.query("UPDATE payment_exception SET reason = 'Khác' WHERE id = $1", [exception]),
      refused('payment_exception_kept'),
    );
    await assert.rejects(
      hub.query(
        "INSERT INTO payment_exception (id, kind, key) VALUES (gen_random_uuid(), 'after-cancel', $1)",
        [exception],
      ),
      refused('payment_exception_once'),
    );
    await move(hub, id, 'created', 'waiting');
    await assert.rejects(
      owner.query('DELETE FROM payment_state_change WHERE payment_id = $1', [id]),
      refused('only_added_to'),
    );
  });

  it('adapter 8.13: an account changes by two people only', async () => {
    const make = async (id: string) =>
      hub.query(
        `INSERT INTO beneficiary_change (id, code, revision, account, bank_code, account_name, becomes, reason,
           requested_by_system, requested_by_officer)
         VALUES ($1, 'new-account', 0, '9990000002', 'TESTBANK', 'Kho bạc', 'active', 'Mở mới', $2, $3)`,
        [id, 'sys-one', 'officer-one'],
      );
    const approve = (id: string, system: string, officer: string) =>
      hub.query(
        `UPDATE beneficiary_change SET state = 'approved', decided_by_system = $2, decided_by_officer = $3,
           decided_at = now(), decided_in = gen_random_uuid() WHERE id = $1`,
        [id, system, officer],
      );
    await seedPeople(owner);
    const id = randomUUID();
    await make(id);
    await assert.rejects(approve(id, 'sys-one', 'officer-two'), refused('beneficiary_four_eyes'));
    await assert.rejects(approve(id, 'sys-two', 'officer-one'), refused('beneficiary_four_eyes'));
    await assert.rejects(hub.query("UPDATE beneficiary SET account = '1111'"), /permission denied/);
    await approve(id, 'sys-two', 'officer-two');
    const { rows } = await hub.query("SELECT account, revision FROM beneficiary WHERE code = 'new-account'");
    assert.deepEqual(rows, [{ account: '9990000002', revision: '1' }]);
    await assert.rejects(approve(id, 'sys-two', 'officer-two'), refused('beneficiary_change_kept'));
  });
});

async function seedPeople(owner: pg.Client): Promise<void> {
  await owner.query(`
    INSERT INTO unit (id, name, kind, valid_from) VALUES ('finance', 'Sở Tài chính', 'provincial', now());
    INSERT INTO system (id, name, unit_id, state, tokens_valid_from)
      SELECT id, 'Hệ thống thử', 'finance', 'active', now() FROM unnest(ARRAY['sys-one', 'sys-two']) id;
    INSERT INTO officer (id, unit_id, sealed_number, valid_from)
      SELECT id, 'finance', decode(repeat('00', 41), 'hex'), now() FROM unnest(ARRAY['officer-one', 'officer-two']) id`);
}
