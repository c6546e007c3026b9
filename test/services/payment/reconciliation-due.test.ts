// Reconciliation by date: caught up after nights switched off, one process at a time, taken up again after a kill.
import assert from 'node:assert/strict';
import { createPool } from '../../../src/database/pool.ts';
import type { PaymentRooms, PaymentRow } from '../../../src/services/payment/dependencies.ts';
import { createMovement } from '../../../src/services/payment/movement/index.ts';
import { toLastDue } from '../../../src/services/payment/reconciliation/days.ts';
import {
  createReconciler,
  type ReconcilingOptions,
} from '../../../src/services/payment/reconciliation/reconciler.ts';
import { type Books, dayAgo, noonOf, startBooks, toRow, until } from './books.ts';

describe('Reconciliation by date', () => {
  let books: Books;
  const closers: (() => Promise<unknown>)[] = [];
  const releases: (() => Promise<void>)[] = [];
  before(async () => {
    books = await startBooks('payment-reconciliation-due');
  });
  afterEach(async () => {
    for (const release of releases.splice(0)) await release();
    for (const close of closers.splice(0).reverse()) await close();
  });
  after(() => books.stop());

  /** A process of its own: its connections, its lease. */
  function openProcess(
    rules: Partial<PaymentRooms['rules']> = {},
    options: ReconcilingOptions = {},
    now = () => new Date(),
  ) {
    const pool = createPool(books.ground.database.hubUrl, {
      max: 3,
      applicationName: `reconciler-${closers.length}`,
    });
    const rooms = {
      ...books.rooms,
      pool,
      now,
      rules: { ...books.rooms.rules, reconcileDaysBack: 5, ...rules },
    };
    const reconciler = createReconciler(rooms, createMovement(rooms), { leaseMs: 600, ...options });
    closers.push(async () => {
      await reconciler.stop();
      await pool.end();
    });
    return { reconciler, pool, name: `reconciler-${closers.length - 1}` };
  }

  const runs = async (days: readonly string[]) =>
    (
      await books.owner.query<{ day: string; state: string; attempts: number; lines: number }>(
        "SELECT day::text, state, attempts, lines FROM reconciliation WHERE cause = 'daily' AND day::text = ANY ($1) ORDER BY day",
        [days],
      )
    ).rows;
  const forget = async () => {
    await books.owner.query('ALTER TABLE reconciliation_line DISABLE TRIGGER refuse_change');
    await books.owner.query(
      'DELETE FROM payment_exception; DELETE FROM reconciliation_line; DELETE FROM reconciliation',
    );
    await books.owner.query('ALTER TABLE reconciliation_line ENABLE TRIGGER refuse_change');
  };
  beforeEach(forget);

  it('adapter 8.11: every night switched off is caught up by the next day, from the first payment on', async () => {
    await books.confirm(await books.open(dayAgo(4)), noonOf(dayAgo(4)));
    await openProcess().reconciler.runDue(dayAgo(0));
    const known = await runs([6, 5, 4, 3, 2, 1, 0].map(dayAgo));
    assert.deepEqual(
      known.map(({ day, state }) => [day, state]),
      [4, 3, 2, 1].map((days) => [dayAgo(days), 'done']),
    );
    // Nothing is due a second time.
    await openProcess().reconciler.runDue(dayAgo(0));
    assert.deepEqual(await runs([4, 3, 2, 1].map(dayAgo)), known);
  });

  it('goes back no further than the province says, and takes the day before from its hour on', async () => {
    await books.open(dayAgo(4));
    const atFive = new Date(noonOf(dayAgo(0)).getTime() - 7 * 3_600_000);
    const rules = { reconcileDaysBack: 3, reconcileFromHour: 6 };
    await openProcess(rules, {}, () => atFive).reconciler.runDue(dayAgo(0));
    assert.deepEqual(
      (await runs([4, 3, 2, 1].map(dayAgo))).map(({ day }) => day),
      [dayAgo(3), dayAgo(2)],
    );
    await openProcess(rules, {}, () => new Date(atFive.getTime() + 3_600_000)).reconciler.runDue(dayAgo(0));
    assert.deepEqual(
      (await runs([dayAgo(1)])).map(({ state }) => state),
      ['done'],
    );
    assert.equal(toLastDue(new Date('2026-11-26T16:59:59Z'), 6), '2026-11-25');
    assert.equal(toLastDue(new Date('2026-11-26T17:00:00Z'), 6), '2026-11-25');
  });

  it('a day whose file was away is tried again after its pause, and only then', async () => {
    await books.open(dayAgo(1));
    const rules = { reconcileDaysBack: 1 };
    await books.fault({ mode: 'maintenance', operations: ['reconciliation'], count: 1 });
    await openProcess(rules).reconciler.runDue(dayAgo(0));
    await openProcess(rules).reconciler.runDue(dayAgo(0));
    assert.deepEqual(
      (await runs([dayAgo(1)])).map(({ state }) => state),
      ['failed'],
    );
    await openProcess(rules, { retryMs: 0 }).reconciler.runDue(dayAgo(0));
    assert.deepEqual(
      (await runs([dayAgo(1)])).map(({ state }) => state),
      ['done'],
    );
  });

  it('two processes at once reconcile a day once', async () => {
    await books.open(dayAgo(1));
    const rules = { reconcileDaysBack: 1 };
    const processes = [openProcess(rules), openProcess(rules)];
    await Promise.all(processes.map(({ reconciler }) => reconciler.runDue(dayAgo(0))));
    assert.deepEqual(
      (await runs([dayAgo(1)])).map(({ state, attempts }) => [state, attempts]),
      [['done', 1]],
    );
  });

  /** A day of so many rows, the last of which a test holds. */
  async function makeDay(rows: number) {
    const payments: PaymentRow[] = [];
    for (let count = 0; count < rows; count += 1) payments.push(await books.open(dayAgo(1)));
    await books.setDay(
      dayAgo(1),
      payments.map((payment) => toRow(payment)),
    );
    return payments;
  }

  /** Keeps a payment from being reconciled until it is let go. */
  async function holdPayment(payment: PaymentRow) {
    const release = await books.hold(payment);
    releases.push(release);
    return release;
  }

  /** What a kill does to its transaction, seen from the database; then the payment is let go. */
  async function kill({ name }: ReturnType<typeof openProcess>, release: () => Promise<void>) {
    await books.rooms.pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
      [name],
    );
    await release();
  }

  const written = async (lines: number) => {
    await until(async () => ((await runs([dayAgo(1)]))[0]?.lines === lines ? true : undefined));
  };

  const tellLines = async () =>
    (
      await books.owner.query<{ no: number; reference: string }>(
        'SELECT no, reference FROM reconciliation_line ORDER BY no',
      )
    ).rows;

  it('adapter 8.11: killed between two batches, another process goes on where it stopped', async () => {
    const payments = await makeDay(6);
    const rules = { reconcileDaysBack: 1 };
    const release = await holdPayment(payments[4] ?? assert.fail());
    const first = openProcess(rules, { batchRows: 2 });
    const killed = first.reconciler.runDue(dayAgo(0)).catch(() => undefined);
    await written(4);
    await kill(first, release);
    await killed;
    const second = openProcess(rules, { batchRows: 2 });
    await until(async () => {
      await second.reconciler.runDue(dayAgo(0));
      return (await runs([dayAgo(1)]))[0]?.state === 'done' ? true : undefined;
    });
    assert.deepEqual(
      await tellLines(),
      payments.map(({ reference }, index) => ({ no: index + 1, reference })),
    );
    const { rows } = await books.owner.query('SELECT count(*)::int AS count FROM payment_exception');
    assert.equal(rows[0].count, 6);
    assert.equal((await runs([dayAgo(1)]))[0]?.attempts, 2);
  });

  it('a process that lost its lease writes nothing more', async () => {
    await makeDay(2);
    const rules = { reconcileDaysBack: 1 };
    await books.fault({ mode: 'slow', delayMs: 500, operations: ['reconciliation'], count: 1 });
    const slow = openProcess(rules, { leaseMs: 60_000 }).reconciler.runDue(dayAgo(0));
    await until(async () => ((await runs([dayAgo(1)]))[0]?.attempts === 1 ? true : undefined));
    await books.owner.query('UPDATE reconciliation SET lease_id = gen_random_uuid(), lease_until = now()');
    await openProcess(rules).reconciler.runDue(dayAgo(0));
    const before = await tellLines();
    await slow;
    assert.deepEqual([before.length, await tellLines()], [2, before]);
  });

  it('a file that changed between two attempts is not mixed', async () => {
    const payments = await makeDay(4);
    const rules = { reconcileDaysBack: 1 };
    const release = await holdPayment(payments[2] ?? assert.fail());
    const first = openProcess(rules, { batchRows: 2 });
    const left = first.reconciler.runDue(dayAgo(0)).catch(() => undefined);
    await written(2);
    await kill(first, release);
    await left;
    await books.setDay(
      dayAgo(1),
      payments.slice(1).map((payment) => toRow(payment)),
    );
    const second = openProcess(rules);
    const problem = await until(async () => {
      await second.reconciler.runDue(dayAgo(0));
      return (await books.owner.query('SELECT problem FROM reconciliation WHERE state = $1', ['failed']))
        .rows[0]?.problem;
    });
    assert.deepEqual([problem, (await tellLines()).length], ['reconciliation-file-changed', 2]);
  });

  it('asks as an exchange of its own, with the digest of the file', async () => {
    await books.open(dayAgo(1));
    await openProcess({ reconcileDaysBack: 1 }).reconciler.runDue(dayAgo(0));
    const { rows } = await books.owner.query(
      `SELECT r.sha256, p.text AS sealed FROM reconciliation r JOIN payment_message m ON m.answer_sha256 = r.sha256
         JOIN entry e ON e.exchange_id = m.exchange_id AND e.kind = 'closed' JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
       WHERE m.kind = 'reconciliation' ORDER BY m.id DESC LIMIT 1`,
    );
    assert.equal(JSON.parse(rows[0].sealed).sources[0].answer.sha256, rows[0].sha256);
  });
});
