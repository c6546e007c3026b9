// Random histories of payments through movement on a real database, several hands at once, with forged causes and transactions
// that break off: the ledger's rules hold at the end as at every moment. `npm run test:long` does 10,000 payments.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { withRepeatedTransaction } from '../../../src/database/pool.ts';
import type { Cause, MessageDraft, PaymentRow } from '../../../src/services/payment/dependencies.ts';
import { decide, followers, type LedgerEvent } from '../../../src/services/payment/ledger.ts';
import { insertPayments, startLedgerBench, toConfirm, toSha256 } from './bench.ts';

const payments = Number(process.env['PAYMENT_HISTORIES'] ?? 300);
const eventsEach = 7;
const hands = 6;

/** Between 0 and 1, the same in every run. Source: Numerical Recipes §7.1, the linear congruential generator */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Made {
  readonly id: string;
  readonly reference: string;
  readonly amount: number;
}

class BrokenOff extends Error {}

describe('Random histories of payments', function () {
  this.timeout(30_000 + payments * 60);
  const random = createRandom(999);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] ?? assert.fail();
  const made: Made[] = [];
  const tally = new Map<string, number>();
  let bench: Awaited<ReturnType<typeof startLedgerBench>>;
  let reconciliationId: string;
  let lines = 0;

  const count = (word: string): void => {
    tally.set(word, (tally.get(word) ?? 0) + 1);
  };

  before(async () => {
    bench = await startLedgerBench();
    const drafts = Array.from({ length: payments }, () => ({
      ...{ unitId: `cq-${1 + Math.floor(random() * 60)}`, amount: 1_000 + Math.floor(random() * 1e6) },
    }));
    const rows = await insertPayments(bench.pool, drafts);
    made.push(...rows.map((row, n) => ({ ...row, amount: drafts[n]?.amount ?? 0 })));
    const { id } = await bench.row(
      `INSERT INTO reconciliation (id, variant, day, cause) VALUES (gen_random_uuid(), 'payment-platform', '2026-01-15', 'daily')
       RETURNING id`,
    );
    reconciliationId = id;
  });
  after(() => bench.stop());

  /** A confirmation: true, of another amount, of a second transaction, denied, in another currency, forged, or sent again. */
  async function confirm({ reference, amount }: Made): Promise<void> {
    const good = {
      SoTien: amount,
      MaGiaoDich: `GD${reference}`,
      ThoiGianGD: `2025112314200${Math.floor(random() * 9)}`,
    };
    const body = pick([
      toConfirm(reference, good),
      toConfirm(reference, good),
      toConfirm(reference, { ...good, MaGiaoDich: `GX${reference}` }),
      toConfirm(reference, { ...good, SoTien: amount - 1 }),
      toConfirm(reference, { ...good, SoTien: String(amount) }),
      toConfirm(reference, { ...good, MaLoi: '99' }),
      toConfirm(reference, { ...good, MaTienTe: 'USD' }),
      toConfirm(reference, good, 'forged-secret'),
      { ...toConfirm(reference, good), SoTien: amount - 1 },
    ]);
    const [code] = await bench.confirm(body);
    count(`confirm ${code}`);
    // What was taken once is taken for good; what a person has may have been decided meanwhile.
    const [again] = random() < 0.3 ? await bench.confirm(body) : [code];
    assert.ok(code === '99' || again === '00');
  }

  /** The platform's answer to a call, as message and event. */
  function toAsked(payment: PaymentRow): { readonly event: LedgerEvent; readonly draft?: MessageDraft } {
    const event: LedgerEvent = pick(
      [
        ...(['url-received', 'url-received', 'init-refused', 'query-paid', 'query-pending'] as const),
        ...(['query-failed', 'query-unknown', 'expired', 'polls-exhausted', 'cancelled'] as const),
        ...(['refund-requested', 'refund-made', 'refund-refused', 'not-paid'] as const),
      ].map((kind) => ({ kind }) as const),
    );
    if (!event.kind.startsWith('query-')) return { event };
    const says = { 'query-paid': 'paid', 'query-pending': 'pending', 'query-failed': 'failed' } as const;
    const said = event.kind in says ? says[event.kind as keyof typeof says] : 'unknown';
    const draft: MessageDraft = {
      ...{ paymentId: payment.id, direction: 'out', kind: 'query', outcome: 'verified', says: said },
      ...{ sha256: toSha256(randomUUID()), bytes: 1 },
    };
    return { event, draft };
  }

  /** An answer, an act, or a cause that says nothing of the kind; sometimes the process dies before the commit. */
  const ask = ({ id }: Made): Promise<void> =>
    withRepeatedTransaction(bench.pool, async (client) => {
      const payment = (await bench.movement.lock(client, { id })) ?? assert.fail();
      const { event, draft } = toAsked(payment);
      const written = draft && (await bench.movement.write(client, draft));
      const isForged = event.kind === 'query-paid' && random() < 0.3;
      const cause: Cause = {
        ...{ exchangeId: randomUUID(), officerId: 'cb-0001' },
        ...(written && !isForged && { messageId: written.id }),
      };
      await bench.movement.apply(client, payment, event, cause);
      if (random() < 0.1) throw new BrokenOff();
      count(event.kind);
    });

  /** A row of the platform's day with a person's decision on what it makes. */
  const reconcile = ({ id, reference, amount }: Made): Promise<void> =>
    withRepeatedTransaction(bench.pool, async (client) => {
      const payment = (await bench.movement.lock(client, { id })) ?? assert.fail();
      lines += 1;
      const [status, theirs] = [
        pick(['paid', 'paid', 'refunded', 'not-paid', 'unknown'] as const),
        pick([amount, amount, 7]),
      ];
      const line = { reconciliationId, no: lines };
      await client.query(
        `INSERT INTO reconciliation_line (reconciliation_id, no, kind, payment_id, reference, transaction_code, our_amount,
           their_amount, our_state, their_status)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          ...[reconciliationId, line.no, theirs === amount ? 'matched' : 'amount-differs', id, reference],
          ...[`GD${reference}`, amount, theirs, payment.state, status],
        ],
      );
      const event: LedgerEvent =
        random() < 0.1
          ? { kind: 'no-line' }
          : { kind: 'line', status, amount: theirs, transaction: `GD${reference}` };
      await bench.movement.apply(client, payment, event, { line });
      count(event.kind);
    });

  /** A person accepts what waits, or says that nothing came. */
  const decideOne = ({ id, amount }: Made): Promise<void> =>
    withRepeatedTransaction(bench.pool, async (client) => {
      const payment = (await bench.movement.lock(client, { id })) ?? assert.fail();
      const { rows } = await client.query(
        "SELECT id, kind, message_id, reconciliation_id, line_no FROM payment_exception WHERE payment_id = $1 AND state = 'open' AND (kind = 'pending-too-long' OR num_nonnulls(message_id, line_no) > 0)",
        [id],
      );
      if (rows.length === 0) return;
      const { id: exceptionId, kind, message_id, reconciliation_id, line_no } = pick(rows);
      const isAccepted = ['after-cancel', 'status-differs'].includes(kind);
      const event: LedgerEvent = isAccepted ? { kind: 'accepted', amount } : { kind: 'not-paid' };
      if (decide(payment, event).kind !== 'change') return;
      await client.query(
        `UPDATE payment_exception SET state = 'decided', decision = $2, reason = 'Đã xem', decided_by_system = 'quan-tri',
           decided_by_officer = 'cb-0001', decided_in = gen_random_uuid(), decided_at = now() WHERE id = $1`,
        [exceptionId, isAccepted ? 'accept' : 'not-paid'],
      );
      const evidence = {
        ...(message_id && { messageId: message_id }),
        ...(reconciliation_id && { line: { reconciliationId: reconciliation_id, no: line_no } }),
      };
      await bench.movement.apply(client, payment, event, {
        ...{ exceptionId, exchangeId: randomUUID(), officerId: 'cb-0001' },
        ...(isAccepted && evidence),
      });
      count(event.kind);
    });

  /** What the database refuses was forged, or a person's mistake; what broke off was meant to. */
  async function step(): Promise<void> {
    try {
      await pick([confirm, confirm, ask, ask, ask, ask, reconcile, decideOne])(pick(made));
    } catch (error) {
      if (error instanceof BrokenOff) return count('broken off');
      if (
        !(error instanceof pg.DatabaseError) ||
        !/^payment_state_change_(evidence|person)$/.test(error.constraint ?? '')
      )
        throw error;
      count(`refused ${error.constraint}`);
    }
  }

  it(`${payments} payments move ${payments * eventsEach} times in ${hands} hands, with every event and fault`, async () => {
    let left = payments * eventsEach;
    const work = async (): Promise<void> => {
      for (; left > 0; ) {
        left -= 1;
        await step();
      }
    };
    await Promise.all(Array.from({ length: hands }, work));
    const states = await bench.pool.query('SELECT DISTINCT state FROM payment');
    assert.ok(states.rowCount === null || states.rowCount >= 8, `${states.rowCount} states were reached`);
    assert.ok((tally.get('refused payment_state_change_evidence') ?? 0) > 0, 'no forged cause was tried');
    if (process.env['PAYMENT_HISTORIES']) console.log(Object.fromEntries(tally));
  });

  const nothing = async (sql: string, values: readonly unknown[] = []) =>
    assert.deepEqual((await bench.pool.query(sql, [...values])).rows, []);

  it('each is in exactly one state, which its history leads to without a gap', async () => {
    await nothing(`
      SELECT p.id FROM payment p LEFT JOIN LATERAL (
        SELECT count(*) AS n, max(no) AS last FROM payment_state_change c WHERE c.payment_id = p.id) h ON true
      WHERE p.state_no <> coalesce(h.last, 0) OR h.n <> p.state_no OR p.state <> coalesce(
        (SELECT to_state FROM payment_state_change WHERE payment_id = p.id AND no = p.state_no), 'created')`);
    const { rows } = await bench.pool.query(`
      SELECT from_state, to_state, coalesce(lag(to_state) OVER (PARTITION BY payment_id ORDER BY no), 'created') AS before
      FROM payment_state_change`);
    for (const { from_state, to_state, before } of rows) {
      assert.equal(from_state, before);
      assert.ok(
        followers[from_state as keyof typeof followers].includes(to_state),
        `${from_state} → ${to_state}`,
      );
    }
  });

  it('the money confirmed is the sum of the confirmed payments, each by evidence of its own', async () => {
    const confirmed = await bench.row(
      "SELECT coalesce(sum(amount), 0)::text AS sum FROM payment WHERE state IN ('paid', 'refund-requested', 'refunded')",
    );
    const proved = await bench.row(`
      SELECT coalesce(sum(money), 0)::text AS sum FROM (
        SELECT DISTINCT ON (c.payment_id) coalesce(m.amount, l.their_amount, p.amount) AS money
        FROM payment_state_change c JOIN payment p ON p.id = c.payment_id LEFT JOIN payment_message m ON m.id = c.message_id
          LEFT JOIN reconciliation_line l ON l.reconciliation_id = c.reconciliation_id AND l.no = c.line_no
        WHERE c.to_state = 'paid' AND c.from_state <> 'refund-requested' ORDER BY c.payment_id, c.no) one`);
    assert.equal(confirmed.sum, proved.sum);
    assert.ok(Number(confirmed.sum) > 0);
  });

  it('8.5: none is confirmed without a verified message or a reconciled line of its own in the whole amount', () =>
    nothing(`
      SELECT c.* FROM payment_state_change c JOIN payment p ON p.id = c.payment_id
        LEFT JOIN payment_message m ON m.id = c.message_id AND m.payment_id = p.id AND m.outcome = 'verified'
          AND m.says = 'paid' AND coalesce(m.amount, p.amount) = p.amount
        LEFT JOIN reconciliation_line l ON l.reconciliation_id = c.reconciliation_id AND l.no = c.line_no
          AND l.payment_id = p.id AND l.their_status = 'paid' AND l.their_amount = p.amount
      WHERE c.to_state = 'paid' AND c.from_state <> 'refund-requested' AND m.id IS NULL AND l.no IS NULL`));

  it('no amount has changed', async () => {
    const { rows } = await bench.pool.query<{ id: string; amount: bigint }>('SELECT id, amount FROM payment');
    const now = new Map(rows.map(({ id, amount }) => [id, Number(amount)]));
    assert.deepEqual(now, new Map(made.map(({ id, amount }) => [id, amount])));
  });

  it('8.8: after a cancel money was taken only by a person who accepted its very message or line', () =>
    nothing(`
      SELECT c.* FROM payment_state_change c LEFT JOIN payment_exception e ON e.id = c.exception_id AND e.decision = 'accept'
        AND (e.message_id, e.line_no) IS NOT DISTINCT FROM (c.message_id, c.line_no)
      WHERE c.from_state = 'cancelled' AND e.id IS NULL`));

  it('every change worth telling lies in the mailbox of its unit, once', () =>
    nothing(`
      SELECT c.payment_id, c.no FROM payment_state_change c JOIN payment p ON p.id = c.payment_id
        LEFT JOIN payment_outcome o ON o.payment_id = c.payment_id AND o.change_no = c.no
        LEFT JOIN delivery d ON d.subject = o.id AND d.receiver_unit = p.unit_id AND d.state = 'delivered'
      GROUP BY c.payment_id, c.no, c.to_state HAVING count(d.id) <> CASE c.to_state WHEN 'waiting' THEN 0 ELSE 1 END`));

  it('8.7: whatever waits has a time at which it is asked for, and whatever has ended has none', () =>
    nothing(`SELECT id FROM payment WHERE (state = 'waiting' AND next_query_at IS NULL)
      OR (state NOT IN ('created', 'waiting') AND next_query_at IS NOT NULL)`));
});
