// Time stamp tokens: taken when they hold, refused for each way in which they may not, and agreed on with OpenSSL.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTimeAuthorityMock, type TimeAuthorityMock } from '../../mocks/time-authority/mock.ts';
import type { FaultMode } from '../../mocks/time-authority/stamp.ts';
import { obtainStamp } from '../../src/evidence/time-stamps/client.ts';
import { parseDer } from '../../src/evidence/time-stamps/der.ts';
import { readStampResponse, toStampRequest } from '../../src/evidence/time-stamps/request.ts';
import { verifyStamp } from '../../src/evidence/time-stamps/verify.ts';

const data = 'hello\n';
const sha256 = createHash('sha256').update(data).digest();
const never = new AbortController().signal;
const made: {
  readonly root: string;
  readonly rsa: { readonly token: string; readonly time: string; readonly accuracyMs: number };
  readonly ec: { readonly token: string; readonly time: string };
} = JSON.parse(readFileSync(new URL('openssl-stamps.json', import.meta.url), 'utf8'));
const controlKey = 'test-control-key';

describe('A time stamp', () => {
  let ec: TimeAuthorityMock;
  let rsa: TimeAuthorityMock;
  before(async () => {
    [ec, rsa] = await Promise.all([
      startTimeAuthorityMock({ controlKey }),
      startTimeAuthorityMock({ controlKey, keys: 'rsa' }),
    ]);
  });
  after(() => Promise.all([ec.close(), rsa.close()]));

  const setFault = (mock: TimeAuthorityMock, mode: FaultMode) =>
    fetch(mock.faultUrl, { method: 'PUT', body: JSON.stringify({ mode }) });
  const trust = (pem: string) => [new X509Certificate(pem)];
  const obtain = (mock: TimeAuthorityMock, more: { timeoutMs?: number; trusted?: string } = {}) => {
    const { timeoutMs = 5_000, trusted = mock.rootCertificate } = more;
    return obtainStamp({ url: mock.url, timeoutMs, authorities: trust(trusted) }, sha256, never);
  };

  it('of an authority with either kind of key holds, by its root or by its own certificate', async () => {
    for (const mock of [ec, rsa])
      for (const trusted of [mock.rootCertificate, mock.stampingCertificate]) {
        const { stamp } = await obtain(mock, { trusted });
        assert.ok(Math.abs(stamp.time.getTime() - Date.now()) < 5_000);
        assert.match(stamp.authority, /Test stamps$/);
        assert.equal(stamp.accuracyMs, 1_000);
      }
  });

  const faults: readonly (readonly [FaultMode, RegExp])[] = [
    ['wrong-nonce', /of another question/],
    ['wrong-digest', /stamps something else/],
    ['refused', /refused: status 2, timeNotAvailable/],
    ['expired', /Old test stamps was not valid at the time stamped/],
    ['wrong-purpose', /not one of a time stamp authority/],
    ['wrong-signature', /signature of the token does not fit/],
    ['without-certificate', /signing certificate is not at hand/],
    ['garbage', /is no DER/],
    ['slow', /timeout/i],
  ];
  for (const [mode, reason] of faults)
    it(`is not taken from an authority with the fault ${mode}`, async () => {
      for (const mock of [ec, rsa]) {
        await setFault(mock, mode);
        await assert.rejects(obtain(mock, mode === 'slow' ? { timeoutMs: 150 } : {}), reason);
        await setFault(mock, 'none');
      }
    });

  it('without its certificate in it holds for who has the certificate', async () => {
    await setFault(ec, 'without-certificate');
    const { stamp } = await obtain(ec, { trusted: ec.stampingCertificate });
    await setFault(ec, 'none');
    assert.match(stamp.authority, /Test stamps$/);
  });

  it('is not taken from an authority that is not trusted, or where there is none', async () => {
    await assert.rejects(obtain(ec, { trusted: rsa.rootCertificate }), /not of an authority that is trusted/);
    const elsewhere = { url: ec.url.replace('/tsa', '/nowhere'), timeoutMs: 5_000 };
    await assert.rejects(
      obtainStamp({ ...elsewhere, authorities: trust(ec.rootCertificate) }, sha256, never),
      /answered 404 and no time stamp/,
    );
  });

  it('says the same or is refused, whatever byte of it is altered', async () => {
    const { token } = await obtain(ec);
    const authorities = trust(ec.rootCertificate);
    const check = (bytes: Buffer) => verifyStamp({ token: bytes, sha256, authorities });
    const whole = check(token);
    let refused = 0;
    // Every third, from another one at each run: a token is new each time.
    const places = Array.from(
      { length: Math.floor(token.length / 3) },
      (_, n) => 3 * n + ((token.at(-1) ?? 0) % 3),
    );
    for (const at of places) {
      const altered = Buffer.from(token);
      altered[at] = (altered[at] ?? 0) ^ 0x01;
      try {
        assert.deepEqual(check(altered), whole, `byte ${at}`);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        refused += 1;
      }
    }
    // What is neither signed nor compared: versions, and the list of digests that nobody reads.
    assert.ok(refused > places.length * 0.95, `${refused} of ${places.length}`);
    for (let size = 0; size < token.length; size += 37)
      assert.throws(() => check(token.subarray(0, size)), /./, `${size} bytes`);
  });

  for (const kind of ['rsa', 'ec'] as const)
    it(`made by OpenSSL (${kind}) holds, by its root alone`, () => {
      const token = Buffer.from(made[kind].token, 'base64');
      const stamp = verifyStamp({ token, sha256, authorities: trust(made.root) });
      assert.equal(stamp.time.toISOString(), made[kind].time);
      assert.equal(stamp.accuracyMs, 'accuracyMs' in made[kind] ? made[kind].accuracyMs : undefined);
      assert.throws(() => verifyStamp({ token, sha256, authorities: trust(ec.rootCertificate) }), /trusted/);
    });

  it('is asked for as RFC 3161 writes a question, byte by byte', () => {
    const request = toStampRequest({ sha256, nonce: 0xf1n });
    assert.equal(
      request.toString('hex'),
      `3040020101${'3031300d060960864801650304020105000420'}${sha256.toString('hex')}${'020200f10101ff'}`.replace(
        /^3040/,
        `30${(request.length - 2).toString(16)}`,
      ),
    );
  });

  it('holds for OpenSSL too, where the machine has it; else by the bytes where it must say so', async () => {
    const { token } = await obtain(rsa);
    const folder = mkdtempSync(join(tmpdir(), 'lgsp-stamp-'));
    const write = (name: string, content: string | Buffer): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const files = [
      ...['-data', write('data', data), '-in', write('token', token), '-token_in'],
      ...['-CAfile', write('root.pem', rsa.rootCertificate)],
    ];
    const { status, stdout, error } = spawnSync('openssl', ['ts', '-verify', ...files], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    if (error === undefined) assert.deepEqual([status, stdout.trim()], [0, 'Verification: OK']);
    const [type, content] = parseDer(token, 'the token').children;
    assert.equal(type?.content.toString('hex'), '2a864886f70d010702');
    const signedData = content?.children[0]?.children ?? [];
    const info = signedData[2]?.children[1]?.children[0]?.content ?? Buffer.alloc(0);
    assert.equal(signedData[2]?.children[0]?.content.toString('hex'), '2a864886f70d0109100104');
    assert.ok(info.includes(sha256));
  });

  it('comes in no answer that is no answer', () => {
    for (const hex of ['', '00', '3000', '30030201', '3005300302010130', '3080020101'])
      assert.throws(() => readStampResponse(Buffer.from(hex, 'hex')), /answer/, hex);
  });
});
