// How requests to the XrdAdapter are signed: the reference's vector, and the quirks of document-axis.md §3.1.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { SourceError } from '../../../adapters/adapter.ts';
import { toHeaderValue, toPlainText } from '../../../adapters/document-axis/plain-text.ts';
import { toSignedHeaders, toTimestamp, toUnpadded } from '../../../adapters/document-axis/xrd/signature.ts';

const file = '<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"><!-- hash test 9 --></edXML>';
const sha256 = createHash('sha256').update(file).digest('hex');
const at = Date.parse('2025-11-23T14:15:30.042+07:00');
const signer = { systemId: '00.99.W00', secret: 'test-secret', signKeyNames: 'plain' } as const;
const parameters = [
  ['from', '000.00.01.H99'],
  ['servicetype', 'eDoc'],
  ['messagetype', 'edoc'],
  ['to', JSON.stringify(['000.00.02.H99', '000.00.03.H99'])],
  ['hash-file', toUnpadded(sha256)],
] as const;

describe('axis signature', () => {
  it("adapter: the reference's vector", () => {
    assert.equal(sha256, 'c296017bc11a6743c5b3f75dc3e8eed51c6d7574459fe1e4dfc2af458ccc8a0e');
    assert.equal(toUnpadded(sha256), 'c29617bc11a6743c5b3f75dc3e8eed51c6d7574459fe1e4dfc2af458ccc8ae');
    const { headers, signed } = toSignedHeaders(signer, parameters, at);
    assert.equal(headers['XroadVnpt-timestamp'], '23112025T141530+0042');
    assert.equal(Buffer.byteLength(signed), 316);
    assert.equal(
      headers['XroadVnpt-sign-header-key'],
      'systemid;timestamp;from;servicetype;messagetype;to;hash-file',
    );
    assert.equal(
      headers['XroadVnpt-hash-header'],
      'a01ad138317d96ff6f343741b58a75bbe0557d1128ee13c141f4c00234742850',
    );
  });

  it('adapter 3.1: the HMAC is over the literal text that is sent', () => {
    const { headers } = toSignedHeaders(signer, parameters, at);
    const literal = headers['XroadVnpt-sign-header'] ?? '';
    const expected = createHmac('sha256', 'test-secret').update(literal).digest('hex');
    assert.equal(headers['XroadVnpt-hash-header'], expected);
    assert.match(literal, /"XroadVnpt-to":"\[\\"000\.00\.02\.H99\\",\\"000\.00\.03\.H99\\"\]"/);
  });

  it('adapter 3.1: both spellings of the signed names, by setting', () => {
    const { headers } = toSignedHeaders({ ...signer, signKeyNames: 'prefixed' }, [['status', 'done']], at);
    assert.equal(
      headers['XroadVnpt-sign-header-key'],
      'XroadVnpt-systemid;XroadVnpt-timestamp;XroadVnpt-status',
    );
  });

  it('adapter 3.1: version and user agent are constant and not signed', () => {
    const { headers, signed } = toSignedHeaders(signer, [], at);
    assert.equal(headers['XroadVnpt-version'], '3.0.201608');
    assert.equal(headers['User-Agent'], 'JAVASDKAgent/1.0.0 XRoad/VPCP');
    assert.deepEqual(Object.keys(JSON.parse(signed)), ['XroadVnpt-systemid', 'XroadVnpt-timestamp']);
  });

  it('adapter 3.1: after the plus stand milliseconds, and the day is that of Vietnam', () => {
    assert.equal(toTimestamp(Date.parse('2025-12-31T17:00:00.007Z')), '01012026T000000+0007');
  });

  it('adapter 3.1: an unpadded hash loses one leading zero of a byte, and only that', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const expected = [...bytes].map((byte) => byte.toString(16)).join('');
        assert.equal(toUnpadded(Buffer.from(bytes).toString('hex')), expected);
      }),
    );
  });

  it('adapter 9.12: a description goes without accents, whatever it held', () => {
    assert.equal(toPlainText('Đã từ chối: sai địa chỉ'), 'Da tu choi: sai dia chi');
    assert.equal(toPlainText(' dòng một\r\ndòng hai – “…” 😀 '), 'dong mot dong hai ? ??? ?');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 700 }), (words) => {
        assert.match(toPlainText(words), /^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$/);
      }),
    );
  });

  it('adapter 9.12: a code that is not ASCII is refused and never changed into another', () => {
    const refusal = { name: SourceError.name, kind: 'unmapped', code: 'no-header-form' };
    for (const code of ['Đ99.01', 'H99\r\nX: y', ' H99', ''])
      assert.throws(() => toHeaderValue('from', code), refusal);
    assert.throws(() => toHeaderValue('to', 'Xã'), { ...refusal, party: 'caller' });
  });
});
