// DPoP proofs at the hub's services: one good proof, and each way in which another is not (RFC 9449 §4.3).
import assert from 'node:assert/strict';
import { createHash, createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { createProofCheck, type ProofQuestion } from '../../src/signin/proof-check.ts';
import { toThumbprint } from '../../src/signin/public-key.ts';
import { edKey, makeKey, rsaKey, signRaw } from './fixture.ts';

const key = makeKey();
const url = 'https://hub.test/population/v1/citizens';
const token = 'test-token';
const now = new Date('2026-07-01T00:00:00Z');
const iat = now.getTime() / 1000;
const ath = createHash('sha256').update(token).digest('base64url');
const toJwk = (of: KeyObject) => ({ ...createPublicKey(of).export({ format: 'jwk' }) });
const toJkt = (of: KeyObject) => toThumbprint(toJwk(of)) ?? '';
const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: toJwk(key) };
const sign = (
  claims: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
  by: KeyObject | Uint8Array = key,
) =>
  new SignJWT({ htm: 'GET', htu: url, jti: randomUUID(), iat, ath, ...claims })
    .setProtectedHeader({ ...header, ...more })
    .sign(by);
const ask = (proof: string | undefined, more: Partial<ProofQuestion> = {}): ProofQuestion => ({
  proof,
  method: 'GET',
  url,
  token,
  jkt: toJkt(key),
  now,
  ...more,
});

describe('the proof check', () => {
  it('accepts a proof for this method, address, token and time, and says until when to remember it', async () => {
    const { hash, forgetAt } = createProofCheck()(ask(await sign()));
    assert.match(hash, /^[\w-]{43}$/);
    assert.equal(forgetAt.getTime(), now.getTime() + 61_000);
  });

  it('accepts Ed25519 keys', async () => {
    const proof = await sign({}, { alg: 'EdDSA', jwk: toJwk(edKey) }, edKey);
    assert.ok(createProofCheck()(ask(proof, { jkt: toJkt(edKey) })).hash);
  });

  for (const htu of [`${url}?x=1#y`, 'HTTPS://HUB.test:443/population/v1/citizens'])
    it(`compares addresses after normalisation, without query and fragment: ${htu}`, async () => {
      assert.ok(createProofCheck()(ask(await sign({ htu }))).hash);
    });

  const attacks: readonly [string, () => Promise<string>][] = [
    ['for another method', () => sign({ htm: 'POST' })],
    ['for the method in other letters', () => sign({ htm: 'get' })],
    ['for another address', () => sign({ htu: `${url}/1` })],
    ['for another host', () => sign({ htu: 'https://evil.test/population/v1/citizens' })],
    ['for another scheme', () => sign({ htu: url.replace('https', 'http') })],
    ['without address', () => sign({ htu: undefined })],
    ['for another token', () => sign({ ath: createHash('sha256').update('x').digest('base64url') })],
    ['for no token', () => sign({ ath: undefined })],
    ['of 61 seconds ago', () => sign({ iat: iat - 61 })],
    ['of 61 seconds ahead', () => sign({ iat: iat + 61 })],
    ['without time', () => sign({ iat: undefined })],
    ['without jti', () => sign({ jti: undefined })],
    ['with an empty jti', () => sign({ jti: '' })],
    ['with a jti of 129 characters', () => sign({ jti: 'x'.repeat(129) })],
    ['of another type', () => sign({}, { typ: 'at+jwt' })],
    [
      'by another key than the token is bound to',
      () => {
        const other = makeKey();
        return sign({}, { jwk: toJwk(other) }, other);
      },
    ],
    ['that shows one key and is signed by another', () => sign({}, {}, makeKey())],
    ['with a private key in its header', () => sign({}, { jwk: { ...key.export({ format: 'jwk' }) } })],
    ['without key', () => sign({}, { jwk: undefined })],
    [
      'by HS256 over the public key',
      () => sign({}, { alg: 'HS256' }, Buffer.from(JSON.stringify(toJwk(key)))),
    ],
    ['by RSA', () => sign({}, { alg: 'PS256', jwk: toJwk(rsaKey) }, rsaKey)],
    [
      "whose algorithm is not its key's",
      () => signRaw(JSON.stringify({ ...header, alg: 'EdDSA' }), '{}', key),
    ],
    [
      'that names its method twice',
      () => {
        const claims = JSON.stringify({ htm: 'GET', htu: url, jti: 'x', iat, ath });
        return signRaw(JSON.stringify(header), claims.replace('{', '{"htm":"POST",'), key);
      },
    ],
    ['of more than 4,096 characters', () => sign({ more: 'x'.repeat(4096) })],
    ['that came twice in one request', async () => `${await sign()}, ${await sign()}`],
  ];
  for (const [name, make] of attacks)
    it(`refuses a proof ${name}`, async () => {
      const proof = await make();
      assert.throws(() => createProofCheck()(ask(proof)), { name: 'Problem', code: 'proof-invalid' });
    });

  it('asks for a proof when there is none', () => {
    assert.throws(() => createProofCheck()(ask(undefined)), { code: 'proof-missing' });
    assert.throws(() => createProofCheck()(ask('')), { code: 'proof-missing' });
  });

  it('refuses a proof used before for as long as it could pass', async () => {
    const checkProof = createProofCheck();
    const proof = await sign({ iat: iat + 60 });
    const first = checkProof(ask(proof));
    const late = new Date(now.getTime() + 120_000);
    assert.throws(() => checkProof(ask(proof, { now: late })), { code: 'proof-replayed' });
    assert.throws(() => checkProof(ask(proof, { now: first.forgetAt })), { code: 'proof-invalid' });
  });

  it('does not spend the jti of a proof that fails', async () => {
    const checkProof = createProofCheck();
    const proof = await sign();
    assert.throws(() => checkProof(ask(proof, { method: 'POST' })), { code: 'proof-invalid' });
    assert.ok(checkProof(ask(proof)).hash);
  });

  it('gives the same hash at every process, so that the log refuses what memory here cannot know', async () => {
    const proof = await sign();
    assert.equal(createProofCheck()(ask(proof)).hash, createProofCheck()(ask(proof)).hash);
  });
});
