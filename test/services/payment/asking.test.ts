// What the hub asks the platform by itself and on demand: INIT again, QUERY with growing pauses, receipts; every question an
// exchange of its own.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { makeProof } from '../../../src/cli/proof.ts';
import { until } from '../../support/embedded.ts';
import { rules } from './bench.ts';
import { startPaymentHub } from './payment-hub.ts';

const minute = 60_000;
const signal = () => AbortSignal.timeout(5_000);

describe('What the platform is asked', function () {
  this.timeout(30_000);
  let hub: Awaited<ReturnType<typeof startPaymentHub>>;
  before(async () => {
    hub = await startPaymentHub('payment-asking');
  });
  afterEach(() => hub.fault());
  after(() => hub.stop());

  async function waiting() {
    const made = await hub.make({ expiresAt: new Date(hub.rooms.now().getTime() + 20 * minute) });
    const { url } = await hub.asking.init(made.id, made.id, signal());
    return { ...made, url };
  }
  const queries = async (id: string): Promise<number> =>
    (await hub.row('SELECT queries FROM payment WHERE id = $1', [id])).queries;
  /** Whether it was asked for so often, and the last time is over. */
  const isAsked = async (
    id: string,
    column: 'queries' | 'receipt_attempts',
    times: number,
  ): Promise<boolean> => {
    const row = await hub.row(`SELECT ${column} AS n, lease_id FROM payment WHERE id = $1`, [id]);
    return row.n === times && row.lease_id === null;
  };
  const reaches = (id: string, state: string) => until(async () => (await hub.stateOf(id)) === state);
  const own = async (operation: string) =>
    (
      await hub.owner.query<{ kind: string; sealed: string }>(
        `SELECT e.kind, p.text AS sealed FROM entry e JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
         WHERE e.text LIKE '%"operation":"' || $1 || '"%' ORDER BY e.id`,
        [operation],
      )
    ).rows;
  /** What was sent and what came, by their digests. */
  const callOfPlatform = /"sources":\[\{"answer":\{.*"source":"payment-platform"\}\]/;
  const ask = (method: string, id: string, rest: string, unit = hub.unit) =>
    hub.call({ method, path: `/payment/v1/payments/${id}/${rest}`, unit });

  it('8.2: INIT sent again for the same payment gives the same address, and one payment at the platform', async () => {
    const { id, url } = await waiting();
    const again = await hub.asking.init(id, id, signal());
    assert.equal(again.url, url);
    assert.deepEqual(again.applied.verdict, { kind: 'nothing' });
  });

  it('8.2: INIT whose outcome was not known is sent again by itself, and its address is kept', async () => {
    await hub.fault({ mode: 'errorAfter', operations: ['INIT'], count: 1 });
    const { id } = await hub.make({ nextQueryAt: new Date(hub.rooms.now().getTime() + 5 * minute) });
    await assert.rejects(hub.asking.init(id, id, signal()));
    assert.equal(await hub.stateOf(id), 'created');
    hub.advance(6 * minute);
    await reaches(id, 'waiting');
    const { kept } = await hub.row('SELECT sealed_url IS NOT NULL AS kept FROM payment WHERE id = $1', [id]);
    assert.equal(kept, true);
    await until(async () => (await own('initPayment')).length === 2);
    const entries = await own('initPayment');
    assert.deepEqual(
      entries.map(({ kind }) => kind),
      ['opened', 'closed'],
    );
    assert.match(
      entries[1]?.sealed ?? '',
      /"sources":\[\{.*"result":"waiting"|"result":"waiting".*"sources":\[\{/,
    );
  });

  it('8.4: an answer without an address fails it and says why in a code', async () => {
    await hub.fault({ mode: 'code', code: '96', operations: ['INIT'], count: 1 });
    const { id } = await hub.make();
    const { url, applied } = await hub.asking.init(id, id, signal());
    assert.deepEqual([url, applied.payment.state], [undefined, 'failed']);
    const message = await hub.row('SELECT code FROM payment_message WHERE payment_id = $1', [id]);
    assert.equal(message.code, '96');
  });

  it('8.7: one whose CONFIRM never came is found paid by asking', async () => {
    const { id, reference } = await waiting();
    await hub.pay(reference, { mode: 'none', order: 'background' });
    hub.advance(6 * minute);
    await reaches(id, 'paid');
    await until(async () => (await own('queryPayment')).length >= 2);
  });

  it('8.7: a pending one is asked for with growing pauses up to the limit, and then goes to a person', async () => {
    const { id, reference } = await waiting();
    await hub.pay(reference, { outcome: 'pending', pendingMs: 86_400_000, order: 'background' });
    const pauses: number[] = [];
    for (const [n, pause] of rules.queryMinutes.entries()) {
      const { next } = await hub.row('SELECT next_query_at AS next FROM payment WHERE id = $1', [id]);
      pauses.push(Math.round((next.getTime() - hub.rooms.now().getTime()) / minute));
      hub.advance((pause + 1) * minute);
      await until(() => isAsked(id, 'queries', n + 1));
    }
    await reaches(id, 'in-doubt');
    assert.deepEqual(pauses, [5, 10, 30]);
    assert.deepEqual(await hub.exceptionsOf(id), ['pending-too-long']);
    const { told } = await hub.row(
      'SELECT count(*)::int AS told FROM payment_outcome WHERE payment_id = $1',
      [id],
    );
    assert.equal(told, 1);
  });

  it('8.7: one that the platform does not know expires once its time is over, never before', async () => {
    const { id } = await waiting();
    await hub.fault({ mode: 'code', code: '25', operations: ['QUERY'] });
    hub.advance(6 * minute);
    await until(() => isAsked(id, 'queries', 1));
    assert.equal(await hub.stateOf(id), 'waiting');
    hub.advance(20 * minute);
    await reaches(id, 'expired');
  });

  it('8.7: a platform that is away is asked again later; nothing is concluded from it', async () => {
    const { id } = await waiting();
    await hub.fault({ mode: 'unavailable', operations: ['QUERY'] });
    hub.advance(6 * minute);
    await until(() => isAsked(id, 'queries', 1));
    assert.equal(await hub.stateOf(id), 'waiting');
    const unclear = await hub.row(
      "SELECT count(*)::int AS n FROM payment_message WHERE payment_id = $1 AND outcome = 'unclear'",
      [id],
    );
    assert.equal(unclear.n, 1);
  });

  it('a unit asks for its own payment at once, and not for one of another unit', async () => {
    const { id, reference } = await waiting();
    await hub.pay(reference, { mode: 'none', order: 'background' });
    const { status, body } = await ask('POST', id, 'queries');
    assert.deepEqual([status, body.payment?.state], [200, 'paid'], JSON.stringify(body));
    const others = await ask('POST', id, 'queries', 'cq-02');
    assert.deepEqual([others.status, others.body.code], [404, 'payment-not-found']);
    assert.equal(await queries(id), 0);
  });

  it('8.9: a receipt that is a PDF is stored once with its digest, and given as stored', async () => {
    await hub.set({ receiptForm: 'pdf' });
    const { id, reference } = await waiting();
    await hub.pay(reference);
    const { status, body } = await ask('GET', id, 'receipt');
    assert.deepEqual([status, body.form], [200, 'pdf'], JSON.stringify(body));
    const { token, key } = await hub.token({ unit: hub.unit });
    const path = `/payment/v1/payments/${id}/receipt/content`;
    const dpop = await makeProof({
      ...{ key, method: 'GET', url: `${hub.url}${path}`, accessToken: token },
    });
    const response = await fetch(`${hub.url}${path}`, { headers: { authorization: `DPoP ${token}`, dpop } });
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(response.headers.get('content-type'), 'application/pdf');
    assert.deepEqual([hash('sha256', bytes), bytes.length], [body.sha256, body.bytes]);
    await hub.fault({ mode: 'unavailable', operations: ['GET_BILL'] });
    assert.deepEqual((await ask('GET', id, 'receipt')).body, body);
  });

  it('8.9: a receipt that is an address is kept sealed, and is no file', async () => {
    await hub.set({ receiptForm: 'url' });
    const { id, reference } = await waiting();
    await hub.pay(reference);
    const { body } = await ask('GET', id, 'receipt');
    assert.match(body.url, /^http/);
    const content = await ask('GET', id, 'receipt/content');
    assert.deepEqual([content.status, content.body.code], [409, 'receipt-is-address']);
    const stored = await hub.row(
      'SELECT form, sha256, sealed_url FROM payment_receipt WHERE payment_id = $1',
      [id],
    );
    assert.equal(stored.sha256, hash('sha256', body.url));
    assert.ok(!stored.sealed_url.includes(body.url));
  });

  it('8.9: one that is not ready is asked for again by itself until it is there', async () => {
    await hub.set({ receiptForm: 'url', receiptDelayMs: 3_600_000 });
    const { id, reference } = await waiting();
    await hub.pay(reference);
    const early = await ask('GET', id, 'receipt');
    assert.deepEqual([early.status, early.body.code], [409, 'payment-receipt-not-ready']);
    assert.ok(Number(early.headers.get('retry-after')) > 0);
    assert.match((await own('readReceipt')).at(-1)?.sealed ?? '', callOfPlatform);
    hub.advance(2 * minute);
    await until(() => isAsked(id, 'receipt_attempts', 1));
    await hub.set({ nowIso: new Date(Date.now() + 2 * 3_600_000).toISOString() });
    hub.advance(6 * minute);
    await until(
      async () =>
        (await hub.owner.query('SELECT FROM payment_receipt WHERE payment_id = $1', [id])).rowCount === 1,
    );
    await until(async () => (await own('fetchReceipt')).length >= 4);
    const closed = (await own('fetchReceipt')).filter(({ kind }) => kind === 'closed');
    for (const { sealed } of closed) assert.match(sealed, callOfPlatform);
  });
});
