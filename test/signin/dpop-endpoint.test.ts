// DPoP at the token endpoint, and the commands' side of it: a bound token from request to use.
import assert from 'node:assert/strict';
import { createPublicKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Pool } from 'pg';
import { makeProof } from '../../src/cli/proof.ts';
import { parsePrivateKey, requestToken } from '../../src/cli/token.ts';
import { createProofCheck } from '../../src/signin/proof-check.ts';
import { toThumbprint } from '../../src/signin/public-key.ts';
import { createTokenCheck } from '../../src/signin/token-check.ts';
import * as test from './fixture.ts';

const dpopKey = test.makeKey();
const nowS = () => Math.floor(Date.now() / 1000);
const signProof = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
  new SignJWT({ htm: 'POST', htu: test.tokenAddress, jti: randomUUID(), iat: nowS(), ...claims })
    .setProtectedHeader({
      typ: 'dpop+jwt',
      alg: 'ES256',
      jwk: { ...createPublicKey(dpopKey).export({ format: 'jwk' }) },
      ...header,
    })
    .sign(dpopKey);

describe('DPoP at the token endpoint', () => {
  let pool: Pool;
  let hub: test.Hub;
  let closeDatabase: () => Promise<void>;
  const ask = async (dpop: string) =>
    test.ask(hub, await test.signAssertion(), { scope: 'unit:unit-a' }, { dpop });

  before(async () => {
    ({ pool, close: closeDatabase } = await test.openPool());
    hub = await test.startHub(pool);
  });
  after(async () => {
    await hub.close();
    await closeDatabase();
  });

  it('binds the token to the key of the proof', async () => {
    const { body } = await ask(await signProof({}));
    const { check } = createTokenCheck({
      issuer: test.publicUrl,
      audience: test.audience,
      keys: [hub.tokenKey],
    });
    assert.equal(body['token_type'], 'DPoP');
    const jkt = toThumbprint(createPublicKey(dpopKey).export({ format: 'jwk' }));
    assert.equal(check(String(body['access_token'])).jkt, jkt);
  });

  const attacks: readonly [string, () => Promise<string>][] = [
    ['for another method', () => signProof({ htm: 'GET' })],
    ['for another address', () => signProof({ htu: `${test.publicUrl}/population/v1/citizens` })],
    [
      'for the address of the request, not the public one',
      () => signProof({ htu: `${hub.url}/oauth/token` }),
    ],
    ['of two minutes ago', () => signProof({ iat: nowS() - 120 })],
    ['of two minutes ahead', () => signProof({ iat: nowS() + 120 })],
    ['without jti', () => signProof({ jti: undefined })],
    ['with an endless jti', () => signProof({ jti: 'x'.repeat(129) })],
    ['of another type', () => signProof({}, { typ: 'JWT' })],
    ['with a private key in it', () => signProof({}, { jwk: { ...dpopKey.export({ format: 'jwk' }) } })],
    ['that is no JWT', async () => 'x'],
  ];
  for (const [name, make] of attacks)
    it(`refuses a proof ${name}`, async () => {
      const { status, body } = await ask(await make());
      assert.equal(status, 400);
      assert.equal(body['error'], 'invalid_dpop_proof');
    });

  it('refuses a proof that is used again, also at once and at another process', async () => {
    const dpop = await signProof({});
    const askAt = async (each: test.Hub) =>
      test.ask(each, await test.signAssertion(), { scope: 'unit:unit-a' }, { dpop });
    const answers = await test.withHub(pool, {}, (other) => Promise.all([hub, other, hub].map(askAt)));
    const errors = answers.map(({ body }) => body['error'] ?? 'none').sort();
    assert.deepEqual(errors, ['invalid_dpop_proof', 'invalid_dpop_proof', 'none']);
  });

  it('gives the command line a token whose proof passes at the hub, once', async () => {
    const own = await test.startHub(pool, { publicUrl: 'self' });
    const pem = test.clientKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const tokenUrl = `${own.url}/oauth/token`;
    const key = parsePrivateKey(pem);
    const { accessToken, expiresInS } = await requestToken({
      tokenUrl,
      issuer: own.url,
      clientId: 'one-stop',
      key,
      unitId: 'unit-b',
      dpopKey,
    }).finally(own.close);
    assert.equal(expiresInS, 600);
    const { check } = createTokenCheck({ issuer: own.url, audience: test.audience, keys: [own.tokenKey] });
    const { jkt = '', unitId } = check(accessToken);
    assert.equal(unitId, 'unit-b');
    const url = `${own.url}/population/v1/citizens`;
    const proof = await makeProof({ key: dpopKey, method: 'get', url: `${url}?a=b#c`, accessToken });
    const checkProof = createProofCheck();
    const question = { proof, method: 'GET', url, token: accessToken, jkt, now: new Date() };
    assert.equal(checkProof(question).hash.length, 43);
    assert.throws(() => checkProof(question), { code: 'proof-replayed' });
  });

  it("tells the command line the hub's reason in one sentence", async () => {
    const question = {
      tokenUrl: `${hub.url}/oauth/token`,
      issuer: 'https://other.test',
      clientId: 'one-stop',
      key: test.clientKey,
    };
    await assert.rejects(requestToken(question), /^Error: no token, status 401: invalid_client: /);
    await assert.rejects(requestToken({ ...question, tokenUrl: 'http://127.0.0.1:1/' }), /cannot be reached/);
    assert.throws(() => parsePrivateKey('test-secret'), /^Error: the private key cannot be read/);
  });
});
