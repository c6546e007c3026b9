// Statuses and mailboxes of units of ours: who may say what, once, and what the other side sees of it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createReading } from '../../../src/services/documents/reading/index.ts';
import { createStatuses } from '../../../src/services/documents/statuses/index.ts';
import { createTimeline } from '../../../src/services/documents/statuses/timeline.ts';
import { type Bench, startBench } from './bench.ts';

describe('Statuses inside the province', () => {
  let bench: Bench;
  let handlers: ReturnType<typeof createStatuses>;
  before(async () => {
    bench = await startBench();
    handlers = createStatuses(bench.rooms);
  });
  after(() => bench.stop());

  type Report = { readonly deliveryId: string; readonly code: string; readonly reason?: string };
  // Codes are those of the contract.
  const report = async (unit: string, statuses: readonly Report[], exchangeId: string = randomUUID()) => {
    const request = bench.call(unit, { statuses: [...statuses] }, { exchangeId }) as never;
    const { body } = await handlers.sendStatuses.handle(request);
    return body.results;
  };
  const outcomes = async (unit: string, ...statuses: readonly Report[]) =>
    (await report(unit, statuses)).map(({ outcome, flags, problem }) =>
      [outcome, ...flags, problem?.code ?? []].flat().join(' '),
    );
  const sendOne = async (to = 'H99.02'): Promise<string> =>
    (await bench.send('so-a', [to])).deliveries[0]?.deliveryId ?? '';
  const standing = (id: string) =>
    bench.rows<{ status: string | null; change: string | null }>(
      'SELECT status, change FROM document_state WHERE delivery_id = $1',
      [id],
    );
  const mailbox = (unit: string, about: string) =>
    bench.rows<{ code: string; state: string }>(
      `SELECT s.code, d.state FROM delivery d JOIN document_status s ON s.message_id = d.subject
       WHERE d.receiver_unit = $1 AND s.delivery_id = $2 ORDER BY d.mailbox_no`,
      [unit, about],
    );
  const acknowledge = async (unit: string, ...deliveryIds: string[]) =>
    (await handlers.acknowledgeDeliveries.handle(bench.call(unit, { deliveryIds }) as never)).body.deliveries;

  it("adapter 9.10: go into the sender's mailbox in order; the same one again is not sent again, 05 is", async () => {
    const deliveryId = await sendOne();
    const codes = ['01', '03', '05', '05', '03', '06'];
    const found = await outcomes('so-b', ...codes.map((code) => ({ deliveryId, code })));
    assert.deepEqual(found, [
      'accepted',
      'accepted',
      'accepted',
      'accepted',
      'repeated repeated',
      'accepted',
    ]);
    assert.deepEqual(
      (await mailbox('so-a', deliveryId)).map(({ code }) => code),
      ['01', '03', '05', '05', '06'],
    );
    assert.deepEqual(await standing(deliveryId), [{ status: '06', change: null }]);
    assert.deepEqual(await outcomes('so-b', { deliveryId, code: '06' }), ['repeated repeated']);
  });

  it('adapter 9.9: the sender asks back with a reason, the receiver answers, neither speaks for the other', async () => {
    const deliveryId = await sendOne();
    const reason = 'Gửi nhầm nơi nhận';
    assert.deepEqual(await outcomes('so-a', { deliveryId, code: '13' }, { deliveryId, code: '01' }), [
      'refused status-reason-missing',
      'refused status-not-yours',
    ]);
    assert.deepEqual(await outcomes('so-b', { deliveryId, code: '13', reason }), [
      'refused status-not-yours',
    ]);
    assert.deepEqual(await outcomes('xa-c', { deliveryId, code: '01' }), ['refused message-not-found']);
    assert.deepEqual(await outcomes('so-a', { deliveryId, code: '13', reason }), ['accepted']);
    assert.deepEqual(await mailbox('so-b', deliveryId), [{ code: '13', state: 'delivered' }]);
    assert.deepEqual(await outcomes('so-b', { deliveryId, code: '15' }), ['accepted']);
    assert.deepEqual(await standing(deliveryId), [{ status: null, change: 'agreed' }]);
    assert.equal(await bench.stateOf(deliveryId), 'delivered');
  });

  it("a repeated call has the first one's answer; two at once have one effect", async () => {
    const deliveryId = await sendOne();
    const exchangeId = randomUUID();
    const statuses = [{ deliveryId, code: '01' }];
    const request = bench.call('so-b', { statuses }, { exchangeId }) as never;
    const answers = await Promise.all(
      [1, 2, 3].map(() => handlers.sendStatuses.repeat?.(request, exchangeId)),
    );
    for (const answer of answers) assert.deepEqual(answer?.body, answers[0]?.body);
    assert.equal(answers[0]?.body.results[0]?.outcome, 'accepted');
    assert.equal((await mailbox('so-a', deliveryId)).length, 1);
  });

  it('two systems that say the same at the same time say it once', async () => {
    const deliveryId = await sendOne();
    const all = await Promise.all(
      Array.from({ length: 6 }, () =>
        outcomes('so-b', { deliveryId, code: '01' }, { deliveryId, code: '03' }),
      ),
    );
    assert.equal(all.flat().filter((outcome) => outcome === 'accepted').length, 2);
    assert.equal((await mailbox('so-a', deliveryId)).length, 2);
  });

  it('an acknowledgement ends a delivery and tells the sender 01; one of a status only ends it', async () => {
    const deliveryId = await sendOne();
    const strange = randomUUID();
    assert.deepEqual(await acknowledge('so-b', deliveryId, strange), [
      { deliveryId, state: 'acknowledged' },
      { deliveryId: strange, state: 'not-found' },
    ]);
    assert.deepEqual(await acknowledge('xa-c', deliveryId), [{ deliveryId, state: 'not-found' }]);
    await acknowledge('so-b', deliveryId);
    assert.deepEqual(await mailbox('so-a', deliveryId), [{ code: '01', state: 'delivered' }]);
    const [{ id } = { id: '' }] = await bench.rows<{ id: string }>(
      `SELECT d.id FROM delivery d JOIN document_status s ON s.message_id = d.subject WHERE s.delivery_id = $1`,
      [deliveryId],
    );
    assert.deepEqual(await acknowledge('so-a', id), [{ deliveryId: id, state: 'acknowledged' }]);
    const statuses = await bench.rows('SELECT FROM document_status WHERE delivery_id = $1', [deliveryId]);
    assert.equal(statuses.length, 1);
  });

  it('a refusal tells the sender 02 with its reason, and is final', async () => {
    const deliveryId = await sendOne();
    const params = { deliveryId } as never;
    const request = bench.call('so-b', { reason: 'Không thuộc thẩm quyền' }, { params }) as never;
    assert.deepEqual((await handlers.refuseDelivery.handle(request)).body.deliveries, [
      { deliveryId, state: 'refused' },
    ]);
    assert.deepEqual(await acknowledge('so-b', deliveryId), [{ deliveryId, state: 'refused' }]);
    assert.deepEqual(await standing(deliveryId), [{ status: '02', change: null }]);
    const [row] = await bench.rows<{ flags: string[]; message_id: string }>(
      'SELECT flags, message_id FROM document_status WHERE delivery_id = $1',
      [deliveryId],
    );
    assert.deepEqual(row?.flags, []);
    const read = { params: { messageId: row?.message_id } as never };
    const { body } = await createReading(bench.rooms).getMessage.handle(
      bench.call('so-a', undefined, read) as never,
    );
    assert.equal(body.form['description'], 'Không thuộc thẩm quyền');
  });

  it('adapter 9.8: an update, a revocation or a replacement asks, and changes nothing by itself', async () => {
    const first = await bench.send('so-a', ['H99.02', 'H99.03']);
    const [toB = '', toC = ''] = first.deliveries.map(({ deliveryId }) => deliveryId);
    await outcomes('so-b', { deliveryId: toB, code: '01' }, { deliveryId: toB, code: '03' });
    const withdraws = [{ documentId: first.documentId }];
    const second = await bench.send('so-a', ['H99.02'], {
      businessType: 'revoke',
      withdraws,
      reason: 'Có sai sót',
    });
    assert.deepEqual(await standing(toB), [{ status: '03', change: 'asked' }]);
    assert.deepEqual(await standing(toC), []);
    assert.equal(await bench.stateOf(toB), 'delivered');
    const deliveryId = second.deliveries[0]?.deliveryId ?? '';
    assert.deepEqual(await outcomes('so-b', { deliveryId, code: '16', reason: 'Đã xử lý xong' }), [
      'accepted',
    ]);
    assert.deepEqual(await standing(toB), [{ status: '03', change: 'refused' }]);
    const threads = await bench.rows('SELECT DISTINCT thread FROM document_message WHERE id = ANY ($1)', [
      [first.messageId, second.messageId],
    ]);
    assert.equal(threads.length, 1);
  });

  it('answers to changes and reports about what they change do not wait for each other', async () => {
    const { documentId, deliveries } = await bench.send('so-a', ['H99.02']);
    const target = deliveries[0]?.deliveryId ?? '';
    const changes = { businessType: 'revoke' as const, withdraws: [{ documentId }], reason: 'Có sai sót' };
    const asking = await Promise.all(
      Array.from({ length: 12 }, () => bench.send('so-a', ['H99.02'], changes)),
    );
    const ids = asking.map((one) => one.deliveries[0]?.deliveryId ?? '');
    const found = await Promise.all(
      ids.flatMap((deliveryId) => [
        outcomes('so-b', { deliveryId, code: '15' }),
        outcomes('so-b', { deliveryId, code: '05' }, { deliveryId: target, code: '05' }),
      ]),
    );
    for (const outcome of found.flat()) assert.match(outcome, /^accepted/);
    assert.equal((await standing(target))[0]?.change, 'agreed');
  });

  it('the time line shows the sender all receivers and a receiver its own part', async () => {
    const { messageId, deliveries } = await bench.send('so-a', ['H99.02', 'H99.03']);
    const [deliveryId = ''] = deliveries.map((one) => one.deliveryId);
    await handlers.takeDeliveries.handle(bench.call('so-b', { deliveryIds: [deliveryId] }) as never);
    await acknowledge('so-b', deliveryId);
    const params = { messageId } as never;
    const show = async (unit: string) =>
      (await createTimeline(bench.rooms).getTimeline.handle(bench.call(unit, undefined, { params }) as never))
        .body;
    const { steps, hops } = await show('so-b');
    assert.deepEqual(
      steps.map(({ what, statusCode = '' }) => `${what}${statusCode}`),
      ['delivered', 'taken', 'acknowledged', 'status01'],
    );
    assert.ok(steps.every(({ vi, en }) => vi && en));
    assert.equal(hops?.[0]?.organId, 'H99.01');
    assert.equal((await show('so-a')).steps.length, 5);
    await assert.rejects(show('cu-d'), /message-not-found/);
  });

  it('after a merger the only successor reads what lies in the mailbox that it took over, and nobody else does', async () => {
    const { messageId } = await bench.send('so-a', ['H99.09']);
    const { getMessage } = createReading(bench.rooms);
    const read = (unit: string) =>
      getMessage.handle(bench.call(unit, undefined, { params: { messageId } as never }) as never);
    await assert.rejects(read('so-b'), /message-not-found/);
    bench.merge();
    assert.equal((await read('so-b')).status, 200);
    await assert.rejects(read('xa-c'), /message-not-found/);
  });
});
