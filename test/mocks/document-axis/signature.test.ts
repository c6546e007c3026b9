// The header-signed operations of the mock, and the test vector of the reference.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { findSigner, isHashFile, toUnpadded } from '../../../mocks/document-axis/signature.ts';
import {
  call,
  centre,
  get,
  list,
  outside,
  send,
  sign,
  toDocument,
  toHash,
  toReply,
  withMock,
} from './client.ts';

const operations = [
  'getAgenciesList',
  'getAgenciesListQD20',
  'getSynchronizeUnit',
  'registerAgency',
  'deleteAgency',
  'getReceivedEdocList',
  'getSentEdocList',
  'sendEdoc',
  'getEdoc',
  'downloadEdoc',
  'updateStatus',
  'countReceiveEdoc',
  'countReceiveStatus',
];
const padded = 'c296017bc11a6743c5b3f75dc3e8eed51c6d7574459fe1e4dfc2af458ccc8a0e';
const unpadded = 'c29617bc11a6743c5b3f75dc3e8eed51c6d7574459fe1e4dfc2af458ccc8ae';
const vector = {
  'xroadvnpt-systemid': '00.99.W00',
  'xroadvnpt-timestamp': '23112025T141530+0042',
  'xroadvnpt-from': '000.00.01.H99',
  'xroadvnpt-servicetype': 'eDoc',
  'xroadvnpt-messagetype': 'edoc',
  'xroadvnpt-to': '["000.00.02.H99","000.00.03.H99"]',
  'xroadvnpt-hash-file': unpadded,
  'xroadvnpt-sign-header-key': 'systemid;timestamp;from;servicetype;messagetype;to;hash-file',
  'xroadvnpt-sign-header': `{"XroadVnpt-systemid":"00.99.W00","XroadVnpt-timestamp":"23112025T141530+0042","XroadVnpt-from":"000.00.01.H99","XroadVnpt-servicetype":"eDoc","XroadVnpt-messagetype":"edoc","XroadVnpt-to":"[\\"000.00.02.H99\\",\\"000.00.03.H99\\"]","XroadVnpt-hash-file":"${unpadded}"}`,
  'xroadvnpt-hash-header': 'a01ad138317d96ff6f343741b58a75bbe0557d1128ee13c141f4c00234742850',
};
const settings = { systems: [{ ...centre, codes: [], xRoadClient: undefined }], skewMs: undefined };
const isSigned = (headers: Record<string, string>): boolean => findSigner(headers, settings, 0) !== undefined;

describe('the document axis mock: operations and signature', () => {
  it('mock 8.1: agrees with the test vector of §3.1', () => {
    const file = '<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"><!-- hash test 9 --></edXML>';
    assert.equal(toHash(file), padded);
    assert.equal(toUnpadded(padded), unpadded);
    assert.ok(
      isHashFile(padded, padded) && isHashFile(unpadded, padded) && !isHashFile(padded.slice(1), padded),
    );
    assert.ok(isSigned(vector));
  });

  it('mock 8.1: compares every member with its header, in the stated order, over the literal string', () => {
    assert.ok(!isSigned({ ...vector, 'xroadvnpt-from': '000.00.02.H99' }));
    assert.ok(
      !isSigned({ ...vector, 'xroadvnpt-sign-header': vector['xroadvnpt-sign-header'].replace(',', ', ') }),
    );
    assert.ok(!isSigned({ ...vector, 'xroadvnpt-sign-header-key': 'timestamp;systemid' }));
    assert.ok(!isSigned({ ...vector, 'xroadvnpt-hash-header': padded }));
    assert.ok(!isSigned({ ...vector, 'xroadvnpt-systemid': '00.98.W00' }));
    assert.ok(isSigned({ ...vector, 'xroadvnpt-docid': 'left-over', 'xroadvnpt-status': 'done' }));
  });

  it('mock 8.1: takes both spellings of sign-header-key and any case of a name', () =>
    withMock(async (mock) => {
      for (const isPrefixed of [false, true]) {
        const headers = sign(centre, { DOCID: 'x', messagetype: 'status' }, isPrefixed);
        const reply = await toReply(
          await fetch(`${mock.url}/getReceivedEdocList`, { method: 'POST', headers }),
        );
        assert.deepEqual(reply.json, { status: 'OK', ErrorCode: '0', ErrorDesc: '', data: [] });
      }
    }));

  it('mock 8.1: answers all thirteen operations by their method, and nothing else', () =>
    withMock(async (mock) => {
      for (const operation of operations) {
        const { status, json } = await call(mock, centre, operation, { messagetype: 'edoc' });
        assert.equal(status, 200, operation);
        assert.ok(json['status'] === 'OK' || json['status'] === 'FAIL', operation);
      }
      assert.equal((await fetch(`${mock.url}/getAgenciesList`)).status, 405);
      assert.equal((await call(mock, centre, 'toString')).status, 404);
    }));

  it('mock 8.1: takes the hash of the bytes before the line end, padded or not, and refuses another', () =>
    withMock(async (mock) => {
      const message = toDocument('000.00.01.H99', ['G99.01']);
      const hash = toHash(message);
      for (const good of [hash, toUnpadded(hash), hash.toUpperCase()])
        assert.equal(
          (await send(mock, centre, '000.00.01.H99', message, { 'hash-file': good })).json['ErrorCode'],
          '0',
        );
      for (const bad of [toHash(`${message}\r\n`), ''])
        assert.equal(
          (await send(mock, centre, '000.00.01.H99', message, { 'hash-file': bad })).json['ErrorCode'],
          '10',
        );
    }));

  it('mock 8.1: hands the message out as base64 and raw', () =>
    withMock(async (mock) => {
      await send(mock, centre, '000.00.01.H99', toDocument('000.00.01.H99', ['G99.01']));
      const [item] = await list(mock, outside);
      const text = await get(mock, outside, item?.['docId']);
      assert.match(text, /<edXML:OrganName>Sở Thử<.*<\/edXML>$/s);
      assert.equal((await call(mock, outside, 'downloadEdoc', { docId: item?.['docId'] ?? '' })).text, text);
    }));

  it('mock 8.1: ignores left-over headers of an earlier call', () =>
    withMock(async (mock) => {
      const more = {
        fromDate: '2025/01/01',
        docId: 'old',
        status: 'done',
        filePath: 'C:\\x',
        to: '["G99.01"]',
      };
      const message = toDocument('000.00.01.H99', ['G99.01']);
      assert.equal((await send(mock, centre, '000.00.01.H99', message, more)).json['status'], 'OK');
    }));

  it('mock 8.1: checks the age of a timestamp only where configured', () => {
    const now = Date.UTC(2025, 10, 23, 7, 15, 30, 42);
    assert.ok(findSigner(vector, { ...settings, skewMs: 1_000 }, now));
    assert.equal(findSigner(vector, { ...settings, skewMs: 1_000 }, now + 2_000), undefined);
  });
});
