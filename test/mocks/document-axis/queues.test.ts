// The queues of the mock: one item for each receiver, listed until it is done, and the hop that the axis adds.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { call, centre, get, list, outside, send, toDocument, toStatus, withMock } from './client.ts';

const own = '000.00.01.H99';
const documentId = `${own},2025/11/20,12/VP-TH`;

describe('the document axis mock: queues', () => {
  it('mock 8.2: makes one item for each receiver out of one send', () =>
    withMock(async (mock) => {
      const sent = await send(mock, centre, own, toDocument(own, ['G99.01', 'G99.02', 'H99.03']));
      const items = [...(await list(mock, outside)), ...(await list(mock, centre))];
      assert.deepEqual(
        items.map(({ to }) => to),
        ['G99.01', 'G99.02', 'H99.03'],
      );
      assert.equal(new Set([...items.map(({ docId }) => docId), sent.json['DocId']]).size, 4);
      const { rows } = await call(mock, centre, 'getSentEdocList', {
        messagetype: 'edoc',
        docId: String(sent.json['DocId']),
      });
      assert.deepEqual(
        rows.map(({ toCode, receiverDocId }) => [toCode, receiverDocId]),
        items.map(({ to, docId }) => [to, docId]),
      );
    }));

  it('mock 8.2: the parameter `to` chooses the receivers, whatever the message says', () =>
    withMock(async (mock) => {
      const message = toDocument(own, ['G99.01', '000.00.02.H99']);
      await send(mock, centre, own, message, { to: '["G99.01","G99.07"]' });
      assert.deepEqual(
        (await list(mock, outside)).map(({ to }) => to),
        ['G99.01', 'G99.07'],
      );
      assert.deepEqual(await list(mock, centre), []);
      assert.match(await get(mock, outside, (await list(mock, outside))[0]?.['docId']), /000\.00\.02\.H99/);
    }));

  it('mock 8.2: sends a status to whom it answers, or to whom `to` says', () =>
    withMock(async (mock) => {
      const status = toStatus('G99.01', own, documentId);
      await send(mock, outside, 'G99.01', status, { messagetype: 'status' });
      await send(mock, outside, 'G99.01', status, { messagetype: 'status', to: '["H99.03"]' });
      assert.deepEqual(
        (await list(mock, centre, 'status')).map(({ to }) => to),
        [own, 'H99.03'],
      );
      assert.deepEqual(await list(mock, centre, 'edoc'), []);
      assert.equal((await call(mock, centre, 'countReceiveStatus')).json['count'], 2);
    }));

  it('mock 8.2: lists an item until it is done or failed', () =>
    withMock(async (mock) => {
      await send(mock, centre, own, toDocument(own, ['G99.01', 'G99.02']));
      const [first, second] = await list(mock, outside);
      const mark = async (docid = '', status = '') =>
        (await call(mock, outside, 'updateStatus', { docid, status })).json['ErrorCode'];
      assert.equal(await mark(first?.['docId'], 'processing'), '0');
      assert.deepEqual(
        (await list(mock, outside)).map(({ status }) => status),
        ['processing', 'initial'],
      );
      assert.equal(await mark(first?.['docId'], 'done'), '0');
      assert.equal(await mark(second?.['docId'], 'fail'), '0');
      assert.deepEqual(await list(mock, outside), []);
      assert.equal((await call(mock, outside, 'countReceiveEdoc')).json['count'], 0);
    }));

  it('mock 8.2: knows no transport state but processing, done and fail, and none goes back', () =>
    withMock(async (mock) => {
      await send(mock, centre, own, toDocument(own, ['G99.01']));
      const docId = (await list(mock, outside))[0]?.['docId'] ?? '';
      const mark = async (status: string) =>
        (await call(mock, outside, 'updateStatus', { docId, status })).json['ErrorCode'];
      for (const wrong of ['03', 'initial', 'DONE', '']) assert.equal(await mark(wrong), '22');
      assert.equal(await mark('done'), '0');
      assert.equal(await mark('done'), '0');
      assert.equal(await mark('processing'), '22');
      assert.equal(await mark('fail'), '22');
    }));

  it('mock 8.2: nobody sees or finishes the item of another system', () =>
    withMock(async (mock) => {
      await send(mock, centre, own, toDocument(own, ['G99.01']));
      const docId = (await list(mock, outside))[0]?.['docId'] ?? '';
      assert.equal((await call(mock, centre, 'getEdoc', { docId })).json['ErrorCode'], '10');
      assert.equal(
        (await call(mock, centre, 'updateStatus', { docId, status: 'done' })).json['ErrorCode'],
        '10',
      );
    }));

  it('mock 8.2: lists a bounded page, oldest first, by receiver and day where asked', () =>
    withMock(
      async (mock) => {
        for (const number of ['1', '2', '3'])
          await send(mock, centre, own, toDocument(own, ['G99.01', 'G99.02'], number));
        const page = await list(mock, outside);
        assert.deepEqual(
          page.map(({ to }) => to),
          ['G99.01', 'G99.02', 'G99.01', 'G99.02'],
        );
        assert.deepEqual(await list(mock, outside), page);
        assert.equal((await list(mock, outside, 'edoc', { to: '["G99.02"]' })).length, 3);
        assert.equal((await list(mock, outside, 'edoc', { toDate: '2020/01/01' })).length, 0);
        assert.equal((await list(mock, outside, 'edoc', { fromDate: '2020/01/01' })).length, 4);
      },
      { listMost: 4 },
    ));

  it('mock 8.3: adds its own hop behind the others and leaves every other byte', () =>
    withMock(async (mock) => {
      const message = toDocument(own, ['G99.01']);
      await send(mock, centre, own, message);
      const text = await get(mock, outside, (await list(mock, outside))[0]?.['docId']);
      const hop =
        /<edXML:TraceHeader><edXML:OrganId>001\.00\.99\.TT2<\/edXML:OrganId><edXML:Timestamp>[\d/]{10} [\d:]{8}<\/edXML:Timestamp><\/edXML:TraceHeader>/;
      assert.equal(text.replace(hop, ''), message);
      assert.match(
        text,
        new RegExp(`14:15:30</edXML:Timestamp></edXML:TraceHeader>${hop.source}<edXML:Bussiness>`),
      );
    }));

  it('mock 8.3: leaves its code out where configured, and adds nothing to a status', () =>
    withMock(
      async (mock) => {
        await send(mock, centre, own, toDocument(own, ['G99.01']));
        const text = await get(mock, outside, (await list(mock, outside))[0]?.['docId']);
        assert.match(text, /<\/edXML:TraceHeader><edXML:TraceHeader><edXML:Timestamp>/);
        const status = toStatus('G99.01', own, documentId);
        await send(mock, outside, 'G99.01', status, { messagetype: 'status' });
        assert.equal(await get(mock, centre, (await list(mock, centre, 'status'))[0]?.['docId']), status);
      },
      { traceHeader: 'withoutOrganId' },
    ));
});
