// The fixed profile of access tokens: one good token, and each way in which another is not.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint, SignJWT, UnsecuredJWT } from 'jose';
import type { ProblemCode } from '../../src/problem-codes.ts';
import { toThumbprint, toTokenJwk } from '../../src/signin/public-key.ts';
import { createTokenCheck } from '../../src/signin/token-check.ts';
import { audience, edKey, makeKey, publicUrl, rsaKey, signRaw } from './fixture.ts';

const key = makeKey();
const { kid, publicKey } = toTokenJwk(key);
const startMs = Date.UTC(2026, 6, 1);
const iat = startMs / 1000;
const good = {
  iss: publicUrl,
  aud: audience,
  sub: 'one-stop',
  client_id: 'one-stop',
  scope: 'unit:unit-a',
  jti: 'a',
  iat,
  exp: iat + 600,
};
const header = { typ: 'at+jwt', alg: 'ES256', kid };
const sign = (claims: Record<string, unknown> = {}, more: Record<string, unknown> = {}, by = key) =>
  new SignJWT({ ...good, ...claims }).setProtectedHeader({ ...header, ...more }).sign(by);
const makeCheck = (clock = () => startMs) =>
  createTokenCheck({ issuer: publicUrl, audience, keys: [key], clock });

describe('the token check', () => {
  it('accepts a token of the profile, also from its cache', async () => {
    const { check } = makeCheck();
    const token = await sign({ cnf: { jkt: 'j'.repeat(43) } });
    assert.equal(check(token).jkt, 'j'.repeat(43));
    assert.equal(check(token), check(token));
  });

  it('names keys by the thumbprint of RFC 7638', async () => {
    for (const each of [key, edKey, rsaKey]) {
      const jwk = createPublicKey(each).export({ format: 'jwk' });
      assert.equal(toThumbprint(jwk), await calculateJwkThumbprint(jwk));
    }
  });

  const secret = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
  const far = iat + 600;
  const attacks: readonly [string, () => Promise<string> | string, ProblemCode][] = [
    ['none at all', () => '', 'token-missing'],
    ['without signature (alg none)', () => new UnsecuredJWT(good).encode(), 'token-invalid'],
    [
      'by HS256 over the public key (algorithm confusion)',
      () => new SignJWT(good).setProtectedHeader({ ...header, alg: 'HS256' }).sign(secret),
      'token-invalid',
    ],
    ['by another algorithm', () => sign({}, { alg: 'EdDSA' }, edKey), 'token-invalid'],
    ['by another key under our kid', () => sign({}, {}, makeKey()), 'token-invalid'],
    ['by an unknown key', () => sign({}, { kid: 'unknown' }), 'token-invalid'],
    ['without kid', () => sign({}, { kid: undefined }), 'token-invalid'],
    [
      'with its own key in the header',
      () => {
        const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        return sign(
          {},
          { kid: undefined, jwk: { ...own.publicKey.export({ format: 'jwk' }) } },
          own.privateKey,
        );
      },
      'token-invalid',
    ],
    ['of type JWT', () => sign({}, { typ: 'JWT' }), 'token-invalid'],
    ['without type', () => sign({}, { typ: undefined }), 'token-invalid'],
    ['of another issuer', () => sign({ iss: 'https://other.test' }), 'token-invalid'],
    ['for another environment', () => sign({ aud: 'urn:lgsp:production' }), 'token-invalid'],
    ['for several audiences', () => sign({ aud: [audience, 'x'] }), 'token-invalid'],
    ['that lives longer than ten minutes', () => sign({ exp: far + 1 }), 'token-invalid'],
    ['that never expires', () => sign({ exp: undefined }), 'token-invalid'],
    ['without time of issue', () => sign({ iat: undefined }), 'token-invalid'],
    ['that ends before it begins', () => sign({ exp: iat - 1 }), 'token-invalid'],
    ['that is expired', () => sign({ iat: iat - 700, exp: iat - 100 }), 'token-expired'],
    ['from the future', () => sign({ iat: iat + 6 }), 'token-expired'],
    ['not valid at its issue', () => sign({ nbf: iat + 60 }), 'token-invalid'],
    ['whose subject is not its client', () => sign({ sub: 'other' }), 'token-invalid'],
    ['for two units', () => sign({ scope: 'unit:unit-a unit:unit-b' }), 'token-invalid'],
    ['for no unit', () => sign({ scope: undefined }), 'token-invalid'],
    ['with a unit and more', () => sign({ scope: 'unit:unit-a admin' }), 'token-invalid'],
    ['bound to something else', () => sign({ cnf: { kid: 'j'.repeat(43) } }), 'token-invalid'],
    [
      'bound to a key and a certificate',
      () => sign({ cnf: { jkt: 'j'.repeat(43), 'x5t#S256': 'j'.repeat(43) } }),
      'token-invalid',
    ],
    ['without jti', () => sign({ jti: undefined }), 'token-invalid'],
    ['of more than 4,096 characters', () => sign({ more: 'x'.repeat(4096) }), 'token-invalid'],
    [
      'that names its scope twice',
      () => {
        const twice = JSON.stringify(good).replace('{', '{"sc\\u006fpe":"unit:unit-b",');
        return signRaw(JSON.stringify(header), twice, key);
      },
      'token-invalid',
    ],
    [
      'that names its kid twice',
      () => signRaw(JSON.stringify(header).replace('{', '{"kid":"x",'), JSON.stringify(good), key),
      'token-invalid',
    ],
    [
      'with critical extensions',
      () => signRaw(JSON.stringify({ ...header, crit: ['exp'] }), JSON.stringify(good), key),
      'token-invalid',
    ],
    ['with something after it', async () => `${await sign()}.x`, 'token-invalid'],
    ['with a space before it', async () => ` ${await sign()}`, 'token-invalid'],
  ];
  for (const [name, make, code] of attacks)
    it(`refuses a token ${name}`, async () => {
      const { check } = makeCheck();
      const token = await make();
      assert.throws(() => check(token), { name: 'Problem', code });
    });

  it('refuses a cached token once it has expired', async () => {
    let now = startMs;
    const { check } = makeCheck(() => now);
    const token = await sign();
    check(token);
    now = startMs + 604_999;
    check(token);
    now = startMs + 605_000;
    assert.throws(() => check(token), { code: 'token-expired' });
  });

  it('refuses a cached token once its key is gone', async () => {
    const { check, useKeys } = makeCheck();
    const token = await sign();
    check(token);
    useKeys([makeKey()]);
    assert.throws(() => check(token), { code: 'token-invalid' });
  });

  it('refuses a token whose signature was altered, even after the true one was cached', async () => {
    const { check } = makeCheck();
    const token = await sign();
    check(token);
    const last = token.at(-10) === 'A' ? 'B' : 'A';
    assert.throws(() => check(token.slice(0, -10) + last + token.slice(-9)), { code: 'token-invalid' });
  });

  it('says on 401 which scheme and algorithms it wants', () => {
    const { check } = makeCheck();
    assert.throws(
      () => check('x'),
      (error: Error & { more?: { headers?: Record<string, string> } }) => {
        assert.match(
          error.more?.headers?.['www-authenticate'] ?? '',
          /^DPoP algs="ES256 EdDSA", error="invalid_token", Bearer error="invalid_token"$/,
        );
        return true;
      },
    );
  });
});
