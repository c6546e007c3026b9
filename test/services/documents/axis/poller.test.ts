// What comes from the axis: nothing lost, nothing twice, nothing acknowledged before it is written down. Real mock.
import assert from 'node:assert/strict';
import { createKept } from '../../../../src/services/documents/axis/kept.ts';
import { axisItems, type Bench, inject, setFaults, startBench, until } from '../bench.ts';
import { readSealed } from './read-steps.ts';

describe('The queue of the axis', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench({ pollSeconds: 1 });
  });
  afterEach(async () => {
    await bench.stopPolling();
    await setFaults(bench.mock);
  });
  after(() => bench.stop());

  let number = 0;
  /** A document from outside; its DocumentId. */
  async function arrive(to: readonly string[], more: object = {}): Promise<string> {
    number += 1;
    await inject(bench.mock, { from: 'G99.01', to, number: `v${number}`, ...more });
    const items = await axisItems(bench.mock);
    return String(items.findLast(({ kind }) => kind === 'edoc')?.['documentId']);
  }
  async function report(from: string, to: string, documentId: string, statusCode: string): Promise<void> {
    await inject(bench.mock, { kind: 'status', from, to: [to], documentId, statusCode });
  }
  const delivered = (documentId: string) =>
    bench.rows<{ unit: string; code: string; id: string }>(
      `SELECT d.receiver_unit AS unit, d.receiver AS code, d.id FROM delivery d JOIN document_message m ON m.id = d.subject
       WHERE m.document_id = $1 AND m.kind = 'document' AND d.mailbox_no IS NOT NULL ORDER BY 1`,
      [documentId],
    );
  const said = (deliveryId: string) =>
    bench.rows<{ code: string; flags: string[]; unit: string }>(
      `SELECT s.code, s.flags, d.receiver_unit AS unit FROM document_status s JOIN delivery d ON d.subject = s.message_id
       WHERE s.delivery_id = $1 ORDER BY s.no`,
      [deliveryId],
    );
  const states = () =>
    bench.rows<{ state: string; told: string | null; fault: string | null }>(
      'SELECT state, told, fault FROM axis_item ORDER BY seen_at, doc_id',
    );
  const openOnAxis = async (): Promise<number> =>
    (await axisItems(bench.mock)).filter(
      ({ state, to }) => String(to).includes('H99') && state !== 'done' && state !== 'fail',
    ).length;
  const emptied = () => until(async () => (await openOnAxis()) === 0);

  it('adapter 9.12, 9.13: a document comes into the mailbox once, then the axis is told; one sent twice is told as done', async () => {
    const documentId = await arrive(['H99.01', 'H99.02']);
    await inject(bench.mock, { from: 'G99.01', to: ['H99.01'], number: `v${number}` });
    await setFaults(bench.mock, { mode: 'duplicateList' });
    bench.poll();
    await emptied();
    const found = await delivered(documentId);
    assert.deepEqual(
      found.map(({ unit, code }) => [unit, code]),
      [
        ['so-a', 'H99.01'],
        ['so-b', 'H99.02'],
      ],
    );
    await until(async () => (await states()).every(({ told }) => told === 'done'));
    assert.equal((await states()).filter(({ state }) => state === 'repeated').length, 1);
    const [first] = await readSealed(bench, found[0]?.id ?? '');
    assert.equal(first?.sources[0]?.source, 'document-axis');
  });

  it('adapter 9.12: what the axis did not hear is told again, before and after its commit', async () => {
    const documentId = await arrive(['H99.01']);
    await setFaults(
      bench.mock,
      { mode: 'timeoutBefore', delayMs: 5, count: 1, operations: ['updateStatus'] },
      { mode: 'errorAfter', count: 1, operations: ['updateStatus'] },
    );
    bench.poll();
    await emptied();
    await until(async () => (await states()).every(({ told }) => told === 'done'));
    assert.equal((await delivered(documentId)).length, 1);
  });

  it('adapter 9.18: a list that is cut or empty by an outage is an error, and all comes later', async () => {
    const documentId = await arrive(['H99.03']);
    await setFaults(
      bench.mock,
      { mode: 'truncated', count: 2, operations: ['getReceivedEdocList'] },
      { mode: 'unavailable', count: 2 },
    );
    bench.poll();
    await emptied();
    assert.equal((await delivered(documentId)).length, 1);
  });

  it('what cannot be read is kept, listed with its reason and never done; a cut one is fetched again', async () => {
    await setFaults(bench.mock, { mode: 'truncated', count: 1, operations: ['downloadEdoc'] });
    const cut = await arrive(['H99.01']);
    const broken = await arrive(['H99.01'], { spoil: 'missingAttachment' });
    const unknown = await arrive(['H99.77']);
    bench.poll();
    await until(async () => (await delivered(cut)).length === 1);
    await until(async () => (await states()).filter(({ state }) => state === 'kept').length === 2);
    assert.deepEqual([...(await delivered(broken)), ...(await delivered(unknown))], []);
    await emptied();
    assert.ok((await states()).every(({ state, told }) => state !== 'kept' || told !== 'done'));
    const kept = createKept(bench.rooms, bench.axis);
    const call = (body: unknown, docId = '') =>
      bench.call('so-a', body, { params: { docId } as never }) as never;
    const { items } = (await kept.listKept.handle(call(undefined))).body;
    assert.deepEqual(items.map(({ fault }) => fault).sort(), ['attachment-missing', 'receiver-outside']);
    assert.ok(items.every(({ vi, en, sha256 }) => vi && en && sha256));
    await assert.rejects(kept.listKept.check?.(call(undefined)) ?? Promise.resolve(), /reach-too-small/);
    for (const { docId } of items) {
      const retried = await kept.retryKept.handle(call({ reason: 'Thử lại' }, docId));
      assert.equal(retried.body.state, 'kept');
      assert.equal(
        (await kept.failKept.handle(call({ reason: 'Không sửa được' }, docId))).body.state,
        'failed',
      );
    }
    assert.equal(await openOnAxis(), 0);
  });

  it('a state secret is not stored: the axis is told that it failed, and only the reason stays', async () => {
    const documentId = await arrive(['H99.01'], { notation: 'UBND-M' });
    bench.poll();
    await emptied();
    const [item] = await bench.rows(
      "SELECT state, fault, told, sha256, message_id FROM axis_item WHERE fault = 'state-secret'",
    );
    assert.deepEqual(item, {
      ...{ state: 'failed', fault: 'state-secret', told: 'fail', sha256: null, message_id: null },
    });
    assert.deepEqual(await delivered(documentId), []);
  });

  it('adapter 9.10, 9.11: statuses in another order are recorded, flagged, and delivered once each', async () => {
    const { documentId, deliveries } = await bench.send('so-a', ['G99.02']);
    const deliveryId = deliveries[0]?.deliveryId ?? '';
    for (const code of ['05', '03', '01', '03', '14']) await report('G99.02', 'H99.01', documentId, code);
    bench.poll();
    await emptied();
    const found = await said(deliveryId);
    assert.deepEqual(
      found.map(({ code, flags }) => [code, ...flags].join(' ')),
      ['05 out-of-order', '03 out-of-order', '01 out-of-order', '15 out-of-order corrected-code'],
    );
    assert.ok(found.every(({ unit }) => unit === 'so-a'));
  });

  it("adapter 9.11: finds the document by the receiver's own code, by dashes, and by number and day", async () => {
    const { documentId, deliveries } = await bench.send('so-a', ['G99.03']);
    const [, day = '', code = ''] = documentId.split(',');
    await report('G99.03', 'H99.01', `G99.03,${day},${code}`, '01');
    await report('G99.03', 'H99.01', `H99.01,${day.replaceAll('/', '-')},${code}`, '03');
    await report('G99.03', '000.00.01.H99', `000.00.01.H99,${day},${code}`, '06');
    bench.poll();
    await emptied();
    assert.deepEqual(
      (await said(deliveries[0]?.deliveryId ?? '')).map((one) => one.code),
      ['01', '03', '06'],
    );
  });

  it('adapter 9.11: an orphan waits until its document is here; one that waits too long is failed and stays visible', async () => {
    await report('G99.04', 'H99.02', 'H99.02,2025/01/01,1/KHONG-CO', '03');
    const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '/');
    const sent = `G99.04,${today},99/TN-MAU`;
    await report('G99.04', 'H99.02', sent, '13');
    bench.poll();
    await until(async () => (await states()).filter(({ state }) => state === 'orphan').length === 2);
    assert.equal(await openOnAxis(), 2);
    await inject(bench.mock, { from: 'G99.04', to: ['H99.02'], number: '99' });
    await until(async () => (await delivered(sent)).length === 1);
    const [{ id } = { id: '' }] = await delivered(sent);
    await until(async () => (await said(id)).length === 1);
    assert.deepEqual(
      (await said(id)).map(({ code, unit }) => [code, unit]),
      [['13', 'so-b']],
    );
    await bench.owner.query(
      "UPDATE axis_item SET seen_at = seen_at - interval '80 hours' WHERE state = 'orphan'",
    );
    await emptied();
    // The axis has heard of it before we write down that it has.
    await until(
      async () =>
        (await states()).filter(({ fault, told }) => fault === 'document-not-found' && told === 'fail')
          .length === 1,
    );
  });

  it('adapter 9.15: after a merger the successor gets what is sent to the old code, documents and statuses', async () => {
    const { documentId, deliveries } = await bench.send('cu-d', ['G99.05']);
    bench.merge();
    const late = await arrive(['H99.09']);
    await report('G99.05', 'H99.09', documentId, '01');
    bench.poll();
    await emptied();
    assert.deepEqual(
      (await delivered(late)).map(({ unit, code }) => [unit, code]),
      [['so-b', 'H99.09']],
    );
    assert.deepEqual(
      (await said(deliveries[0]?.deliveryId ?? '')).map(({ unit }) => unit),
      ['so-b'],
    );
  });
});
