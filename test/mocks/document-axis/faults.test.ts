// The failures of the mock: refusals of its own, and those that a test switches on.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { DocumentAxisMock } from '../../../mocks/document-axis/mock.ts';
import { call, centre, control, get, list, outside, send, toDocument, toStatus, withMock } from './client.ts';

const own = '000.00.01.H99';
const fault = (mock: DocumentAxisMock, ...faults: object[]) => control(mock.faultUrl, 'PUT', { faults });
const toOutside = (mock: DocumentAxisMock, number = '1') =>
  send(mock, centre, own, toDocument(own, ['G99.01'], number));
const codeOf = async (reply: ReturnType<typeof send>) => (await reply).json['ErrorCode'];

describe('the document axis mock: failures', () => {
  it('mock 8.4: refuses by the codes of §3.3', () =>
    withMock(async (mock) => {
      const to = (code: string) => codeOf(send(mock, centre, own, toDocument(own, [code])));
      assert.equal(await to('H77.99'), '18');
      assert.equal(await to('H99.66'), '23');
      assert.equal(await codeOf(send(mock, centre, 'G99.01', toDocument('G99.01', [own]))), '19');
      assert.equal(await codeOf(send(mock, centre, own, 'not edXML')), '22');
      assert.equal(await codeOf(send(mock, centre, own, '<!DOCTYPE x><edXML></edXML>')), '22');
      assert.equal((await call(mock, { ...centre, secret: 'wrong' }, 'getEdoc')).text, 'Unauthorized');
    }));

  it('mock 8.4: answers each code that the switch names, and carries nothing out', () =>
    withMock(async (mock) => {
      for (const code of ['10', '15', '18', '19', '20', '21', '22', '23']) {
        await fault(mock, { mode: 'code', code, operations: ['sendEdoc'], count: 1 });
        const { json } = await toOutside(mock);
        assert.deepEqual([json['status'], json['ErrorCode']], ['FAIL', code]);
      }
      assert.deepEqual(await list(mock, outside), []);
    }));

  it('mock 8.4: plain-text 401, 5xx, empty list, truncated JSON, duplicate listing', () =>
    withMock(async (mock) => {
      await toOutside(mock);
      const ask = () => call(mock, outside, 'getReceivedEdocList', { messagetype: 'edoc' });
      await fault(
        mock,
        { mode: 'unauthorized', count: 1 },
        { mode: 'unavailable', count: 1, httpStatus: 502 },
      );
      assert.deepEqual([(await ask()).text, (await ask()).status], ['Unauthorized', 502]);
      await fault(
        mock,
        { mode: 'emptyList', count: 1 },
        { mode: 'truncated', count: 1 },
        { mode: 'duplicateList', count: 1 },
      );
      assert.deepEqual((await ask()).json['data'], []);
      assert.match((await ask()).text, /^\{"status":"OK".*[^}]$/);
      const [one, two, ...more] = (await ask()).rows;
      assert.ok(one?.['docId'] === two?.['docId'] && more.length === 0);
      assert.equal((await ask()).rows.length, 1);
    }));

  it('mock 8.4: lists statuses in another order', () =>
    withMock(async (mock) => {
      for (const code of ['01', '03', '05'])
        await send(mock, outside, 'G99.01', toStatus('G99.01', own, `${own},2025/11/20,1/VP-TH`, code), {
          messagetype: 'status',
        });
      const before = (await list(mock, centre, 'status')).map(({ docId }) => docId);
      await fault(mock, { mode: 'reorder', messageType: 'status' });
      const after = (await list(mock, centre, 'status')).map(({ docId }) => docId);
      assert.notDeepEqual(after, before);
      assert.deepEqual(after.toSorted(), before.toSorted());
    }));

  it('mock 8.4: a time-out before the commit leaves nothing, one after it leaves the message', () =>
    withMock(async (mock) => {
      await fault(mock, { mode: 'timeoutBefore', delayMs: 5, count: 1 });
      await assert.rejects(toOutside(mock));
      assert.deepEqual(await list(mock, outside), []);
      for (const mode of ['timeoutAfter', 'cutAnswer']) {
        await fault(mock, { mode, delayMs: 5, count: 1 });
        await assert.rejects(toOutside(mock));
      }
      await fault(mock, { mode: 'errorAfter', count: 1 });
      assert.equal((await toOutside(mock)).status, 503);
      assert.equal((await list(mock, outside)).length, 3);
    }));

  it('mock 8.4: slow answers come whole; an answer that hangs ends with the mock', () =>
    withMock(async (mock) => {
      await fault(mock, { mode: 'slow', delayMs: 20, count: 1 }, { mode: 'hang' });
      assert.equal(await codeOf(toOutside(mock)), '0');
      const hanging = assert.rejects(toOutside(mock));
      await mock.close();
      await hanging;
    }));

  it('mock 8.4: locks, unlocks and closes a unit by switch', () =>
    withMock(async (mock) => {
      await control(mock.unitsUrl, 'PUT', { lock: ['G99.01'] });
      assert.equal(await codeOf(toOutside(mock)), '23');
      await control(mock.unitsUrl, 'PUT', { unlock: ['G99.01'] });
      assert.equal(await codeOf(toOutside(mock)), '0');
      await control(mock.unitsUrl, 'PUT', { close: ['G99.01'] });
      assert.equal(await codeOf(toOutside(mock)), '23');
    }));

  it('mock 8.4: hits by share and seed alike each time, and only whom it names', () =>
    withMock(async (mock) => {
      const run = async (): Promise<string> => {
        await fault(mock, {
          mode: 'code',
          code: '21',
          probability: 0.5,
          seed: 7,
          systems: [outside.systemId],
        });
        let hits = '';
        for (let turn = 0; turn < 20; turn += 1)
          hits += (await call(mock, outside, 'countReceiveEdoc')).json['status'] === 'FAIL' ? 'x' : '-';
        return hits;
      };
      const first = await run();
      assert.match(first, /x.*-|-.*x/);
      assert.equal(await run(), first);
      assert.equal((await call(mock, centre, 'countReceiveEdoc')).json['status'], 'OK');
      assert.match(String((await fault(mock, { mode: 'nonsense' }))['error']), /mode must be one of/);
    }));

  it('mock 8.5: spoils what is sent: type over a ZIP, lost attachment, date, unit, null', () =>
    withMock(async (mock) => {
      const spoilt = async (mode: string): Promise<string> => {
        await fault(mock, { mode, count: 1 });
        await toOutside(mock);
        const docId = (await list(mock, outside)).at(-1)?.['docId'];
        return get(mock, outside, docId);
      };
      const lie = await spoilt('contentTypeLie');
      assert.match(lie, /<ContentType>application\/pdf</);
      const payload = /ContentTransferEncoded[^>]*>([^<]*)</.exec(lie)?.[1] ?? '';
      assert.equal(Buffer.from(payload, 'base64').toString('latin1', 0, 4), 'PK\x03\x04');
      assert.match(await spoilt('missingAttachment'), /<AttachmentEncoded><\/AttachmentEncoded>/);
      assert.match(await spoilt('wrongDate'), /PromulgationDate>20\/11\/2025</);
      assert.match(await spoilt('unknownUnit'), /<edXML:From><edXML:OrganId>000\.1199\.H98</);
      const nulled = await spoilt('nullOrgan');
      assert.match(nulled, /<edXML:TraceHeader><edXML:OrganId>null<.*001\.00\.99\.TT2/);
      assert.match(nulled, /Sở Thử/);
    }));

  it('mock 8.5: code 14 in a status, and messages to order', () =>
    withMock(async (mock) => {
      const status = {
        kind: 'status',
        from: 'G99.01',
        to: [own],
        documentId: `${own},2025/11/20,1/VP-TH`,
        statusCode: '15',
      };
      await control(mock.injectUrl, 'POST', { ...status, spoil: 'code14' });
      const text = await get(mock, centre, (await list(mock, centre, 'status'))[0]?.['docId']);
      assert.match(text, /<edXML:StatusCode>14</);
      await control(mock.injectUrl, 'POST', {
        from: 'G99.01',
        to: [own],
        attachments: 2,
        attachmentBytes: 2_000,
      });
      const document = await get(mock, centre, (await list(mock, centre))[0]?.['docId']);
      assert.equal(document.match(/<Attachment>/g)?.length, 2);
    }));

  it('mock 8.5: a file of 50 MiB is made, kept and handed out in pieces', () =>
    withMock(async (mock) => {
      const { bytes } = await control(mock.injectUrl, 'POST', {
        from: 'G99.01',
        to: [own],
        attachmentBytes: 52_428_800,
      });
      assert.ok(Number(bytes) > 69_000_000);
      const docId = (await list(mock, centre))[0]?.['docId'] ?? '';
      const { text } = await call(mock, centre, 'downloadEdoc', { docId });
      const payload = /ContentTransferEncoded[^>]*>([^<]*)</.exec(text)?.[1] ?? '';
      assert.equal(Buffer.from(payload, 'base64').length, 52_428_800);
      const { text: json } = await call(mock, centre, 'getEdoc', { docId });
      assert.equal(
        json,
        `{"status":"OK","ErrorCode":"0","ErrorDesc":"","data":"${Buffer.from(text).toString('base64')}"}`,
      );
    }));
});
