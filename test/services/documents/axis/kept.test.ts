// What stays with a person, and what must not stand in the way of the rest. Real mock.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mock } from 'node:test';
import { fetchItem, takeItem } from '../../../../src/services/documents/axis/intake.ts';
import { isStorableId } from '../../../../src/services/documents/axis/items.ts';
import { createKept } from '../../../../src/services/documents/axis/kept.ts';
import { createStatuses } from '../../../../src/services/documents/statuses/index.ts';
import { axisItems, type Bench, inject, setFaults, startBench, until } from '../bench.ts';

describe('What the hub keeps of the axis', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench({ pollSeconds: 1 }, {}, { listMost: 300 });
  });
  afterEach(() => bench.stopPolling());
  after(() => bench.stop());

  let number = 0;
  /** A document from outside; its DocumentId and its id on the axis. */
  async function arrive(from: string, to: string, more: object = {}) {
    number += 1;
    await inject(bench.mock, { from, to: [to], number: `k${number}`, ...more });
    const item = (await axisItems(bench.mock)).at(-1);
    return { documentId: String(item?.['documentId']), docId: String(item?.['docId']) };
  }
  const itemOf = async (docId: string) =>
    (
      await bench.rows<{ state: string; fault: string | null; told: string | null; sha256: string }>(
        'SELECT state, fault, told, sha256 FROM axis_item WHERE doc_id = $1',
        [docId],
      )
    )[0];
  const ended = (docId: string, told: string) => until(async () => (await itemOf(docId))?.told === told);
  const deliveryOf = async (documentId: string) =>
    (
      await bench.rows<{ id: string; subject: string }>(
        `SELECT d.id, d.subject FROM delivery d JOIN document_message m ON m.id = d.subject
         WHERE m.document_id = $1 AND m.kind = 'document'`,
        [documentId],
      )
    )[0];

  it('more unreadable messages than the axis lists at once do not hide what is behind them', async () => {
    for (let n = 0; n < 301; n += 1)
      await inject(bench.mock, {
        from: 'G99.01',
        to: ['H99.01'],
        number: `u${n}`,
        spoil: 'missingAttachment',
      });
    const { docId } = await arrive('G99.01', 'H99.01');
    bench.poll();
    await ended(docId, 'done');
    const kept = await bench.rows("SELECT DISTINCT state, fault FROM axis_item WHERE state <> 'accepted'");
    assert.deepEqual(kept, [{ state: 'kept', fault: 'attachment-missing' }]);
  });

  it('what was told as failed is delivered from its stored bytes once its receiver is known, and told as done', async () => {
    const { docId, documentId } = await arrive('G99.01', 'H99.77');
    bench.poll();
    await ended(docId, 'fail');
    await bench.stopPolling();
    await bench.owner.query("UPDATE axis_item SET to_code = 'H99.01' WHERE doc_id = $1", [docId]);
    await setFaults(bench.mock, { mode: 'unavailable', operations: ['downloadEdoc', 'getEdoc'] });
    const kept = createKept(bench.rooms, bench.axis);
    const call = bench.call('so-a', { reason: 'Thử lại' }, { params: { docId } as never }) as never;
    assert.equal((await kept.retryKept.handle(call)).body.state, 'accepted');
    await setFaults(bench.mock);
    assert.ok(await deliveryOf(documentId));
    assert.equal((await itemOf(docId))?.told, 'done');
  });

  it('adapter 9.13: a DocumentId that another sender has used is no repeat: a person sees it', async () => {
    const first = await arrive('G99.02', 'H99.01');
    bench.poll();
    await ended(first.docId, 'done');
    await bench.owner.query(
      "UPDATE document_message SET sender_code = 'G99.03' WHERE document_id = $1 AND kind = 'document'",
      [first.documentId],
    );
    const second = await arrive('G99.02', 'H99.01', { number: `k${number}` });
    assert.equal(second.documentId, first.documentId);
    await ended(second.docId, 'fail');
    const { state, fault } = (await itemOf(second.docId)) ?? {};
    assert.deepEqual([state, fault], ['kept', 'document-id-used']);
  });

  it('a document that says it is from one of ours, or from another than the axis says, is kept', async () => {
    const inside = await arrive('H99.02', 'H99.01');
    const differing = await arrive('G99.04', 'H99.01');
    const signal = AbortSignal.timeout(10_000);
    const { value } = await bench.axis.list('document', {}, { requestCode: randomUUID(), signal });
    for (const item of value) {
      const from = item.docId === differing.docId ? 'G99.05' : item.from;
      await takeItem(
        bench.rooms,
        await fetchItem(bench.rooms, bench.axis, { ...item, from }, { requestCode: randomUUID(), signal }),
      );
    }
    assert.equal((await itemOf(inside.docId))?.fault, 'sender-inside');
    assert.equal((await itemOf(differing.docId))?.fault, 'sender-differs');
    assert.equal(await deliveryOf(differing.documentId), undefined);
  });

  it('what the database never takes is kept with its bytes, a document and a status', async () => {
    await bench.owner.query(
      "ALTER TABLE document_message ADD CONSTRAINT test_refuses CHECK (sender_code <> 'G99.08')",
    );
    const { docId } = await arrive('G99.08', 'H99.01');
    const about = { documentId: 'H99.01,2025/01/01,1/KHONG-CO', statusCode: '03' };
    const status = await arrive('G99.08', 'H99.01', { kind: 'status', ...about });
    bench.poll();
    for (const id of [docId, status.docId]) {
      await ended(id, 'fail');
      const { state, fault, sha256 } = (await itemOf(id)) ?? {};
      assert.deepEqual([state, fault, sha256?.length], ['kept', 'not-storable', 64]);
    }
    await bench.owner.query('ALTER TABLE document_message DROP CONSTRAINT test_refuses');
  });

  it('an id that cannot be written down is passed over', () => {
    const some = { kind: 'document', from: undefined, to: [], state: undefined } as const;
    const isStorable = (docId: string) =>
      isStorableId({ ...some, docId, createdAt: undefined, updatedAt: undefined });
    assert.deepEqual(['', 'a', 'a'.repeat(100), 'a'.repeat(101), 'a\0'].map(isStorable), [
      ...[false, true, true, false, false],
    ]);
  });

  it('a revocation whose contents were purged can still be answered', async () => {
    const { documentId } = await arrive('G99.07', 'H99.01');
    const revocation = await arrive('G99.07', 'H99.01', { documentType: 1, documentId });
    bench.poll();
    await ended(revocation.docId, 'done');
    const { id = '', subject = '' } = (await deliveryOf(revocation.documentId)) ?? {};
    await bench.owner.query(
      'UPDATE document_message SET form = NULL, purged_at = clock_timestamp() WHERE id = $1',
      [subject],
    );
    const statuses = [{ deliveryId: id, code: '15' }];
    const answer = await createStatuses(bench.rooms).sendStatuses.handle(
      bench.call('so-a', { statuses }) as never,
    );
    assert.equal(JSON.stringify(answer.body).includes('purged'), false);
  });

  it('an orphan that cannot be opened keeps no other from being looked at', async () => {
    const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '/');
    const about = { kind: 'status', statusCode: '13', documentId: `G99.04,${today},o1/TN-MAU` };
    const bad = await arrive('G99.04', 'H99.02', about);
    const good = await arrive('G99.04', 'H99.02', about);
    bench.poll();
    await until(async () => (await itemOf(good.docId))?.state === 'orphan');
    await bench.owner.query(
      String.raw`UPDATE document_message SET form = '\x00' WHERE id = (SELECT message_id FROM axis_item WHERE doc_id = $1)`,
      [bad.docId],
    );
    await inject(bench.mock, { from: 'G99.04', to: ['H99.02'], number: 'o1' });
    await ended(good.docId, 'done');
    assert.equal((await itemOf(bad.docId))?.state, 'orphan');
  });

  /** More statuses about nothing than the axis lists at once, as of yesterday. */
  async function arriveYesterday(): Promise<void> {
    mock.timers.enable({ apis: ['Date'], now: Date.now() - 86_400_000 });
    try {
      for (let n = 0; n < 301; n += 1) {
        const about = { documentId: `H99.01,2025/01/01,s${n}/KHONG-CO`, statusCode: '03' };
        await inject(bench.mock, { kind: 'status', from: 'G99.06', to: ['H99.01'], ...about });
      }
    } finally {
      mock.timers.reset();
    }
  }

  it('a long list is taken in by slices, each a transaction of its own; orphans do not hide the next day', async () => {
    const { documentId } = await bench.send('so-a', ['G99.06']);
    await arriveYesterday();
    const said = { kind: 'status', statusCode: '01', documentId };
    const { docId } = await arrive('G99.06', 'H99.01', said);
    bench.poll();
    await ended(docId, 'done');
    const slices = await bench.rows<{ count: number }>(
      `SELECT count(*)::int FROM document_message m JOIN axis_item i ON i.message_id = m.id
       WHERE i.state = 'orphan' AND i.from_code = 'G99.06' GROUP BY m.xmin::text ORDER BY 1`,
    );
    assert.ok(slices.length >= 2 && slices.every(({ count }) => count <= 200));
  });
});
