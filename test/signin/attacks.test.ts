// The table of attacks on tokens, over real HTTP against a whole hub. Every attack is a good call with one thing changed;
// the good call is made first. Certificates have a table of their own: certificate-tokens.test.ts.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SignJWT, UnsecuredJWT } from 'jose';
import { toSigner } from '../../src/cli/proof.ts';
import { makeAssertion, parsePrivateKey } from '../../src/cli/token.ts';
import { openKeys } from '../../src/keys.ts';
import { toThumbprint, toTokenJwk } from '../../src/signin/public-key.ts';
import { askFrom } from '../support/ask-from.ts';
import { caseHeaders, citizen } from '../support/calls.ts';
import { until } from '../support/embedded.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';
import { makeKey, signRaw } from './fixture.ts';

type Members = Record<string, unknown>;

const path = '/population/v1/citizen-lookups';
const ownKey = makeKey();
const strangeKey = makeKey();
const nowS = (): number => Math.floor(Date.now() / 1000);
const toJwk = (key: KeyObject): Members => ({ ...createPublicKey(key).export({ format: 'jwk' }) });

describe('Attacks on tokens', () => {
  let hub: TestHub;
  let hubKey: KeyObject;
  before(async () => {
    hub = await startTestHub('attacks');
    const [key] = openKeys(hub.keyFolder, 'sandbox').tokenKeys();
    if (!key) throw new Error('no key');
    hubKey = key;
  });
  after(() => hub.stop());

  const toHeader = (more: Members = {}) => ({
    ...{ typ: 'at+jwt', alg: 'ES256', kid: toTokenJwk(hubKey).kid },
    ...more,
  });
  const toClaims = (more: Members = {}) => ({
    ...{ iss: hub.url, aud: 'urn:lgsp:sandbox', sub: 'mot-cua', client_id: 'mot-cua', scope: 'unit:cq-00' },
    ...{ jti: randomUUID(), iat: nowS(), exp: nowS() + 600, cnf: { jkt: toThumbprint(toJwk(ownKey)) } },
    ...more,
  });
  /** A token by the hub's own key, as only an insider could make it; changed by `claims`, `header` and `key`. */
  const sign = ({
    claims = {},
    header = {},
    key = hubKey,
  }: {
    claims?: Members;
    header?: Members;
    key?: KeyObject;
  }) => new SignJWT(toClaims(claims)).setProtectedHeader(toHeader(header)).sign(key);
  const prove = (token: string, more: Members = {}, key = ownKey, header: Members = {}) => {
    const ath = createHash('sha256').update(token).digest('base64url');
    const all = { htm: 'POST', htu: `${hub.url}${path}`, ath, jti: randomUUID(), iat: nowS(), ...more };
    const { alg, jwk } = toSigner(key);
    return new SignJWT(all).setProtectedHeader({ typ: 'dpop+jwt', alg, jwk, ...header }).sign(key);
  };
  async function use(token: string, proof: string | string[] | undefined, scheme = 'DPoP') {
    const headers = {
      ...caseHeaders,
      'content-type': 'application/json',
      authorization: `${scheme} ${token}`,
      ...(proof !== undefined && { dpop: proof }),
    };
    const answer = await askFrom('127.0.0.1', `${hub.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(citizen),
    });
    return { ...answer, body: JSON.parse(answer.text) };
  }

  it('begin with a call that is good, so that what is changed is what is refused', async () => {
    const token = await sign({});
    const { status, body } = await use(token, await prove(token));
    assert.deepEqual([status, body.code, body.outcome], [200, undefined, 'found']);
  });

  const spki = () => Buffer.from(createPublicKey(hubKey).export({ type: 'spki', format: 'pem' }));
  const tokens: readonly [string, () => Promise<string> | string, string?][] = [
    ['no signature (alg none)', () => new UnsecuredJWT(toClaims()).encode()],
    [
      'HS256 over the public key (algorithm confusion)',
      () => new SignJWT(toClaims()).setProtectedHeader(toHeader({ alg: 'HS256' })).sign(spki()),
    ],
    ['another audience', () => sign({ claims: { aud: 'urn:lgsp:production' } })],
    ['another issuer', () => sign({ claims: { iss: 'https://lgsp.example.vn' } })],
    ['another type', () => sign({ header: { typ: 'JWT' } })],
    ['no type', () => sign({ header: { typ: undefined } })],
    [
      'a life that is over',
      () => sign({ claims: { iat: nowS() - 700, exp: nowS() - 100 } }),
      'token-expired',
    ],
    ['a time of issue in the future', () => sign({ claims: { iat: nowS() + 30 } }), 'token-expired'],
    ['a life of an hour', () => sign({ claims: { exp: nowS() + 3600 } })],
    ['no end', () => sign({ claims: { exp: undefined } })],
    ['an unknown key', () => sign({ key: strangeKey, header: { kid: 'strange' } })],
    ["an unknown key under the hub's kid", () => sign({ key: strangeKey })],
    [
      'a key of its own in the header (jwk)',
      () => sign({ key: strangeKey, header: { jwk: toJwk(strangeKey) } }),
    ],
    [
      'a key of its own in the header under its own kid',
      () =>
        sign({ key: strangeKey, header: { jwk: toJwk(strangeKey), kid: toThumbprint(toJwk(strangeKey)) } }),
    ],
    [
      'an address of keys in the header (jku)',
      () => sign({ key: strangeKey, header: { jku: 'https://evil.test/keys' } }),
    ],
    ['a certificate in the header (x5c)', () => sign({ key: strangeKey, header: { x5c: ['MIIB'] } })],
    [
      'a claim named twice',
      () =>
        signRaw(
          JSON.stringify(toHeader()),
          JSON.stringify(toClaims()).replace('{', '{"scope":"unit:cq-01",'),
          hubKey,
        ),
    ],
    [
      'a claim named twice, once with escapes',
      () =>
        signRaw(
          JSON.stringify(toHeader()),
          JSON.stringify(toClaims()).replace('{', '{"sc\\u006fpe":"unit:cq-01",'),
          hubKey,
        ),
    ],
    ['two units', () => sign({ claims: { scope: 'unit:cq-00 unit:cq-01' } })],
    ['a unit that is not there', () => sign({ claims: { scope: 'unit:cq-none' } })],
    ['a system that is not there', () => sign({ claims: { sub: 'nobody', client_id: 'nobody' } })],
    ['a subject that is not its client', () => sign({ claims: { sub: 'van-ban' } })],
    [
      'two holders',
      () => sign({ claims: { cnf: { jkt: toThumbprint(toJwk(ownKey)), 'x5t#S256': 'a'.repeat(43) } } }),
    ],
  ];
  for (const [name, make, code = 'token-invalid'] of tokens)
    it(`a token with ${name} is refused: ${code}`, async () => {
      const token = await make();
      const sent = (await hub.journal()).length;
      const answer = await use(token, await prove(token));
      assert.deepEqual([answer.status, answer.body.code], [401, code]);
      assert.match(answer.headers.get('www-authenticate') ?? '', /^DPoP .*error="invalid_token"/);
      assert.equal((await hub.journal()).length, sent, 'nothing reached the source');
    });

  it('a token for a unit that did not mandate the system is refused, though the hub signed it', async () => {
    const token = await sign({ claims: { sub: 'kiem-toan', client_id: 'kiem-toan', scope: 'unit:cq-00' } });
    const { status, body } = await use(token, await prove(token));
    assert.deepEqual([status, body.code], [403, 'mandate-missing']);
  });

  it('a token older than what its system was told to forget is refused', async () => {
    const token = await sign({ claims: { iat: nowS() - 300, exp: nowS() + 300 } });
    assert.equal((await use(token, await prove(token))).status, 200);
    const end = "UPDATE system SET tokens_valid_from = now() - interval '100 seconds' WHERE id = 'mot-cua'";
    await hub.owner.query(end);
    await until(async () => (await use(token, await prove(token))).body.code === 'token-revoked');
    assert.ok((await use(token, await prove(token))).headers.has('www-authenticate'));
  });

  const proofs: readonly [string, (token: string) => Promise<string | string[] | undefined>, string][] = [
    ['none', async () => undefined, 'proof-missing'],
    ['for another method', (token) => prove(token, { htm: 'GET' }), 'proof-invalid'],
    [
      'for another address',
      (token) => prove(token, { htu: `${hub.url}/population/v1/identity-confirmations` }),
      'proof-invalid',
    ],
    ['for another host', (token) => prove(token, { htu: `https://lgsp.example.vn${path}` }), 'proof-invalid'],
    ['for another token', () => prove('another'), 'proof-invalid'],
    ['for no token', (token) => prove(token, { ath: undefined }), 'proof-invalid'],
    ['of two minutes ago', (token) => prove(token, { iat: nowS() - 120 }), 'proof-invalid'],
    ['of two minutes ahead', (token) => prove(token, { iat: nowS() + 120 }), 'proof-invalid'],
    ['by another key', (token) => prove(token, {}, strangeKey), 'proof-invalid'],
    [
      "by another key that names the holder's",
      (token) => prove(token, {}, strangeKey, { jwk: toSigner(ownKey).jwk }),
      'proof-invalid',
    ],
    [
      'that carries its private key',
      (token) => prove(token, {}, ownKey, { jwk: { ...ownKey.export({ format: 'jwk' }) } }),
      'proof-invalid',
    ],
    ['of the type of a token', (token) => prove(token, {}, ownKey, { typ: 'at+jwt' }), 'proof-invalid'],
    ['twice in one call', async (token) => [await prove(token), await prove(token)], 'proof-invalid'],
  ];
  for (const [name, make, code] of proofs)
    it(`a proof ${name} is refused: ${code}`, async () => {
      const token = await sign({});
      const sent = (await hub.journal()).length;
      const answer = await use(token, await make(token));
      assert.deepEqual([answer.status, answer.body.code], [401, code]);
      assert.match(answer.headers.get('www-authenticate') ?? '', /^DPoP .*error="invalid_dpop_proof"/);
      assert.equal((await hub.journal()).length, sent, 'nothing reached the source');
    });

  it('a bound token is refused as a bearer token, with its proof or without', async () => {
    const token = await sign({});
    for (const proof of [undefined, await prove(token)])
      assert.equal((await use(token, proof, 'Bearer')).body.code, 'proof-missing');
  });

  it('a token that is bound to nothing opens no personal data, whatever it is called', async () => {
    const token = await sign({ claims: { cnf: undefined } });
    assert.equal((await use(token, undefined, 'Bearer')).body.code, 'token-not-bound');
    assert.equal((await use(token, await prove(token))).body.code, 'token-invalid');
  });

  it('a proof is good once: of three calls at once one is answered, and none afterwards', async () => {
    const token = await sign({});
    const proof = await prove(token);
    const answers = await Promise.all([1, 2, 3].map(() => use(token, proof)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401]);
    assert.equal((await use(token, proof)).body.code, 'proof-replayed');
  });

  async function ask(assertion: string, scope = 'unit:cq-00') {
    const form = new URLSearchParams({
      ...{ grant_type: 'client_credentials', scope, client_assertion: assertion },
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    const response = await fetch(`${hub.url}/oauth/token`, { method: 'POST', body: form });
    return { status: response.status, body: JSON.parse(await response.text()) };
  }
  const assertionOf = (system: string): Promise<string> => {
    const { privateKeyFile = '' } = hub.province.systems.find(({ clientId }) => clientId === system) ?? {};
    const key = parsePrivateKey(readFileSync(privateKeyFile, 'utf8'));
    return makeAssertion({ issuer: hub.url, clientId: system, key });
  };

  it('an assertion is good once: of three requests at once one gets a token', async () => {
    const assertion = await assertionOf('mot-cua');
    const answers = await Promise.all([1, 2, 3].map(() => ask(assertion)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401]);
    assert.equal(answers.filter(({ body }) => body.access_token !== undefined).length, 1);
  });

  for (const [name, system, scope] of [
    ['two units', 'mot-cua', 'unit:cq-00 unit:cq-01'],
    ['a unit that did not mandate the system', 'kiem-toan', 'unit:cq-00'],
    ['a unit that is not there', 'mot-cua', 'unit:cq-none'],
  ] as const)
    it(`no token is given for ${name}`, async () => {
      const { status, body } = await ask(await assertionOf(system), scope);
      assert.deepEqual([status, body.error, body.access_token], [400, 'invalid_scope', undefined]);
    });
});
