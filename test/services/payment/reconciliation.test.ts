// A day of the platform against ours, over HTTP: every kind of difference, its exception, and the report.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import type { PaymentRow } from '../../../src/services/payment/dependencies.ts';
import { amount, type Books, dayAgo, noonOf, startBooks, toRow, until } from './books.ts';

interface Line {
  readonly no: number;
  readonly kind: string;
  readonly reference: string;
  readonly exceptionId?: string;
}

describe('Reconciliation', () => {
  let books: Books;
  let lastDay = 1;
  before(async () => {
    books = await startBooks('payment-reconciliation');
  });
  after(() => books.stop());

  /** A day of its own for each test. */
  const newDay = (): string => {
    lastDay += 1;
    return dayAgo(lastDay);
  };
  const start = (day: string, key: string = randomUUID()) =>
    books.act('/reconciliations', { day }, 'ketoan-a', { key });
  const ended = (id: string) =>
    until(async () => {
      const { body } = await books.read(`/reconciliations/${id}`);
      return body.state === 'running' ? undefined : body;
    });
  async function reconcile(day: string) {
    const { body, status } = await start(day);
    assert.equal(status, 202, JSON.stringify(body));
    return ended(body.reconciliationId);
  }
  const linesOf = async (id: string, query = ''): Promise<readonly Line[]> =>
    (await books.read(`/reconciliations/${id}/lines${query}`)).body.items;
  const exceptionOf = async ({ exceptionId }: Line) => (await books.read(`/exceptions/${exceptionId}`)).body;
  const count = async (table: string): Promise<number> =>
    Number((await books.owner.query(`SELECT count(*) FROM ${table}`)).rows[0].count);

  async function paid(day: string, more: { transaction?: string } = {}): Promise<PaymentRow> {
    return (await books.confirm(await books.open(day), noonOf(day), more)).payment;
  }

  /** One of each kind, as the platform really took the money or as its file is made to say. */
  async function makeDay(day: string) {
    const [matched, onlyOurs, amountDiffers, statusDiffers, denied] = [
      ...[await paid(day), await paid(day), await paid(day), await books.open(day), await paid(day)],
    ];
    assert.ok(matched && onlyOurs && amountDiffers && statusDiffers && denied);
    await books.setDay(day, [
      toRow(matched),
      toRow(amountDiffers, { amount: 15_000 }),
      toRow(statusDiffers),
      toRow(denied, { status: '4' }),
      toRow({ reference: `XX${matched.reference}` }),
    ]);
    return { matched, onlyOurs, amountDiffers, statusDiffers, denied };
  }

  it('adapter 8.11: tells matched, only ours, only theirs, other amounts and other states, each difference to a person', async () => {
    const day = newDay();
    const made = await makeDay(day);
    const before = await Promise.all(Object.values(made).map(({ id }) => books.stateOf(id)));
    const done = await reconcile(day);
    assert.deepEqual([done.state, done.rows, done.lines], ['done', 5, 6]);
    assert.deepEqual(done.totals, [
      { kind: 'matched', count: 1, ours: amount, theirs: amount },
      { kind: 'only-ours', count: 1, ours: amount, theirs: 0 },
      { kind: 'only-theirs', count: 1, ours: 0, theirs: amount },
      { kind: 'amount-differs', count: 1, ours: amount, theirs: 15_000 },
      { kind: 'status-differs', count: 2, ours: 2 * amount, theirs: 2 * amount },
    ]);
    const lines = await linesOf(done.reconciliationId);
    const told = await Promise.all(lines.slice(1).map(exceptionOf));
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ['amount-differs', 'status-differs', 'status-differs', 'only-theirs', 'only-ours'],
    );
    assert.deepEqual([lines[0]?.kind, lines[0]?.exceptionId], ['matched', undefined]);
    // Nothing is corrected in silence.
    assert.deepEqual(await Promise.all(Object.values(made).map(({ id }) => books.stateOf(id))), before);
  });

  it('adapter 8.11: the same day again has the same lines and makes no second exception', async () => {
    const day = newDay();
    await makeDay(day);
    const first = await reconcile(day);
    const exceptions = await count('payment_exception');
    const second = await reconcile(day);
    assert.deepEqual(await linesOf(second.reconciliationId), await linesOf(first.reconciliationId));
    assert.deepEqual([second.totals, second.sha256], [first.totals, first.sha256]);
    assert.equal(await count('payment_exception'), exceptions);
  });

  it('adapter 8.11: what the platform really took, and what its file leaves out or alters', async () => {
    const day = newDay();
    const payments = [await books.open(day), await books.open(day), await books.open(day)];
    const transactions: string[] = [];
    for (const payment of payments) transactions.push(await takeMoney(payment, day));
    for (const [index, payment] of payments.entries())
      await books.confirm(payment, noonOf(day), { transaction: transactions[index] ?? '' });
    const [, missing, refunded] = payments;
    await books.control(books.mock.reconciliationUrl, 'PUT', {
      date: day.replaceAll('-', ''),
      differences: [
        { kind: 'missing', reference: missing?.reference },
        { kind: 'status', reference: refunded?.reference, status: 'REFUNDED' },
      ],
    });
    const lines = await linesOf((await reconcile(day)).reconciliationId);
    assert.deepEqual(lines.map(({ kind }) => kind).sort(), ['matched', 'only-ours', 'status-differs']);
    const differs = lines.find(({ kind }) => kind === 'status-differs');
    assert.ok(differs);
    assert.equal((await exceptionOf(differs)).kind, 'refund-differs');
  });

  /** INIT and the money, at the mock. @returns its transaction */
  async function takeMoney({ reference }: PaymentRow, day: string): Promise<string> {
    await books.platform.create(
      {
        ...{ reference, amount, text: 'Thu phi', at: new Date(), dossier: `H99.10-${reference}` },
        ...{ publicService: undefined, procedure: { code: '2.000488', name: 'Thủ tục thử' } },
        unit: { code: 'H99.01', name: 'Đơn vị thử' },
        lines: [{ kind: 'phi', code: 'P1', name: 'Phí thử', amount }],
        payer: {
          ...{ name: 'Người Thử', identityNumber: undefined, address: undefined, province: undefined },
          ip: '192.0.2.10',
        },
        beneficiary: {
          ...{ account: '9990000001', bankCode: 'TESTBANK', accountName: 'Kho bạc thử' },
          ...{ treasury: undefined, budgetAccount: undefined },
        },
        ...{ fine: undefined, returnUrl: undefined },
      },
      { requestCode: 'test', signal: AbortSignal.timeout(5_000) },
    );
    const taken = await books.control(books.mock.payUrl, 'POST', {
      ...{ reference, outcome: 'success', mode: 'none', paidAt: noonOf(day).toISOString() },
    });
    return String(taken['transaction']);
  }

  it('adapter 8.11: one reference paid by two transactions is told, and a file of two days is kept apart', async () => {
    const [day, next] = [newDay(), dayAgo(lastDay - 1)];
    const payment = await books.open(day);
    // Told of after midnight: it is the day's by the platform's own time.
    await books.confirm(payment, new Date(`${day}T23:59:50+07:00`));
    await books.setDay(day, [toRow(payment), toRow(payment, { transaction: 'GDOTHER' })]);
    const lines = await linesOf((await reconcile(day)).reconciliationId);
    assert.deepEqual(
      lines.map(({ kind }) => kind),
      ['matched', 'status-differs'],
    );
    assert.equal((await exceptionOf(lines[1] ?? assert.fail())).kind, 'paid-twice');
    const after = await linesOf((await reconcile(next)).reconciliationId);
    assert.ok(!after.some(({ reference }) => reference === payment.reference));
  });

  it('adapter 8.11: a file that breaks off ends as failed, and nothing is applied', async () => {
    const day = newDay();
    await makeDay(day);
    const exceptions = await count('payment_exception');
    for (const [mode, problem] of [
      ['malformed', 'source-unreadable'],
      ['emptyBody', 'source-unreadable'],
      ['unavailable', 'source-unavailable'],
    ]) {
      await books.fault({ mode, operations: ['reconciliation'], count: 1 });
      const failed = await reconcile(day);
      assert.deepEqual([failed.state, failed.problem, failed.lines], ['failed', problem, 0], mode);
    }
    assert.equal(await count('payment_exception'), exceptions);
    await books.fault(undefined);
    assert.equal((await reconcile(day)).state, 'done');
  });

  it('is refused for a day that is not over, or is none; the same key twice begins one', async () => {
    const key = randomUUID();
    assert.equal((await start(dayAgo(0))).body.code, 'reconciliation-day-early');
    assert.equal((await start('2026-02-31')).body.code, 'request-invalid');
    const [first, again] = [await start(dayAgo(1), key), await start(dayAgo(1), key)];
    assert.equal(again.body.reconciliationId, first.body.reconciliationId);
    await ended(first.body.reconciliationId);
  });

  it('runs once at a time for a day', async () => {
    const day = newDay();
    const payment = await books.open(day);
    await books.setDay(day, [toRow(payment)]);
    const release = await books.hold(payment);
    const first = await start(day);
    const second = await start(day).finally(release);
    assert.equal(second.body.code, 'reconciliation-running');
    assert.equal((await ended(first.body.reconciliationId)).state, 'done');
  });

  it('lines are paged and filtered; the list names days, the newest first', async () => {
    const day = newDay();
    await makeDay(day);
    const { reconciliationId: id } = await reconcile(day);
    const path = `/reconciliations/${id}/lines`;
    const page = (await books.read(`${path}?limit=4`)).body;
    const rest = (await books.read(`${path}?limit=4&cursor=${page.next}`)).body;
    assert.deepEqual(
      [...page.items, ...rest.items].map(({ no }: Line) => no),
      [1, 2, 3, 4, 5, 6],
    );
    assert.equal((await linesOf(id, '?kind=status-differs')).length, 2);
    const days = (await books.read(`/reconciliations?toDay=${day}&limit=1`)).body.items;
    assert.deepEqual([days[0].day, days[0].reconciliationId], [day, id]);
  });

  it('the CSV has a BOM, every line and no formula; it leaves for who has the grant', async () => {
    const day = newDay();
    const payment = await paid(day);
    await books.setDay(day, [
      toRow(payment),
      toRow({ reference: '-2' }, { transaction: '-1', bank: '-BANK' }),
    ]);
    const { reconciliationId: id } = await reconcile(day);
    const file = await books.download(`/reconciliations/${id}/file`);
    const text = file.bytes.toString();
    assert.ok(text.startsWith('\uFEFFSTT') || text.startsWith('\uFEFF"STT'), text.slice(0, 10));
    const rows = text.trim().split('\r\n').slice(1);
    assert.match(
      rows[0] ?? '',
      new RegExp(`^1,matched,${payment.reference},GD${payment.reference},${amount},${amount},paid,paid,`),
    );
    assert.match(rows[1] ?? '', /^2,only-theirs,"'-2","'-1",,150000,,paid,"'-BANK",/);
    const digest = file.headers.get('content-length');
    assert.deepEqual(
      [Number(digest), file.headers.get('content-type')],
      [file.bytes.length, 'text/csv; charset=utf-8'],
    );
    const closed = await books.owner.query<{ text: string }>(
      "SELECT p.text FROM entry e JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id WHERE e.kind = 'closed' AND e.exchange_id = $1",
      [file.headers.get('exchange-id')],
    );
    const sha256 = createHash('sha256').update(file.bytes).digest('hex');
    assert.equal(JSON.parse(closed.rows[0]?.text ?? '{}').released.sha256, sha256);
    assert.equal((await books.download(`/reconciliations/${id}/file`, 'donvi-c')).status, 403);
    assert.equal((await books.read(`/reconciliations/${id}`, 'donvi-c')).body.code, 'reach-too-small');
    assert.equal(
      (await books.read(`/reconciliations/${randomUUID()}`)).body.code,
      'reconciliation-not-found',
    );
  });
});
