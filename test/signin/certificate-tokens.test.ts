// Tokens bound to a certificate (RFC 8705) behind a trusted proxy: obtained, used, and refused to everyone else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { decodeJwt } from 'jose';
import { makeProof } from '../../src/cli/proof.ts';
import { makeAssertion, parsePrivateKey } from '../../src/cli/token.ts';
import { askFrom } from '../support/ask-from.ts';
import { lookUp } from '../support/calls.ts';
import { makeClientCertificate, registerCertificate } from '../support/certificates.ts';
import { until } from '../support/embedded.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';

const proxy = '127.0.5.1';
const stranger = '127.0.0.1';
const caller = { 'x-forwarded-for': '203.0.113.9' };

describe('A token bound to a certificate', () => {
  const own = makeClientCertificate();
  const second = makeClientCertificate();
  const unknown = makeClientCertificate();
  const ofAnother = makeClientCertificate();
  const expired = makeClientCertificate(Date.now() - 800 * 86_400_000);
  let hub: TestHub;
  let token: string;

  before(async () => {
    hub = await startTestHub('certificate-tokens', { environment: { TRUSTED_PROXIES: '127.0.5.0/24' } });
    for (const one of [own, second, expired]) await registerCertificate(hub.owner, 'mot-cua', one);
    await registerCertificate(hub.owner, 'van-ban', ofAnother);
    await until(async () => (await askToken(proxy, { 'client-cert': own.header })).status === 200);
    token = (await askToken(proxy, { 'client-cert': own.header })).body.access_token;
  });
  after(() => hub.stop());

  async function askToken(from: string, headers: Record<string, string>) {
    const file = hub.province.systems.find(({ clientId }) => clientId === 'mot-cua')?.privateKeyFile ?? '';
    const key = parsePrivateKey(readFileSync(file, 'utf8'));
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await makeAssertion({ issuer: hub.url, clientId: 'mot-cua', key }),
      scope: 'unit:cq-00',
    });
    const all = { 'content-type': 'application/x-www-form-urlencoded', ...caller, ...headers };
    const { status, text } = await askFrom(from, `${hub.url}/oauth/token`, {
      method: 'POST',
      headers: all,
      body: form.toString(),
    });
    return { status, body: JSON.parse(text) };
  }

  async function use(from: string, headers: Record<string, string>, scheme = 'Bearer') {
    const { path, body, headers: reasons } = lookUp();
    const all = {
      'content-type': 'application/json',
      ...reasons,
      ...caller,
      authorization: `${scheme} ${token}`,
      ...headers,
    };
    const answer = await askFrom(from, `${hub.url}${path}`, {
      method: 'POST',
      headers: all,
      body: JSON.stringify(body),
    });
    return { ...answer, body: JSON.parse(answer.text) };
  }

  it('is given to a registered certificate without a proof, as a bearer token that names it', async () => {
    const { body } = await askToken(proxy, { 'client-cert': own.escaped });
    assert.equal(body.token_type, 'Bearer');
    assert.deepEqual(decodeJwt(body.access_token)['cnf'], { 'x5t#S256': own.sha256 });
  });

  it('opens personal data, and the entry names the network of the caller, not of the proxy', async () => {
    const { status, headers, body } = await use(proxy, { 'client-cert': own.header });
    assert.deepEqual([status, body.outcome], [200, 'found']);
    const [opened] = await hub.entries(headers.get('exchange-id') ?? '');
    assert.equal(opened?.sealed['network'], '203.0.113.0/24');
  });

  it('is announced in the metadata', async () => {
    const metadata = JSON.parse(
      await (await fetch(`${hub.url}/.well-known/oauth-authorization-server`)).text(),
    );
    assert.equal(metadata.tls_client_certificate_bound_access_tokens, true);
  });

  it('gives way to a proof: whoever sends one gets a token bound to its key', async () => {
    const { key } = await hub.token({});
    const proof = await makeProof({ key, method: 'POST', url: `${hub.url}/oauth/token` });
    const { body } = await askToken(proxy, { 'client-cert': own.header, dpop: proof });
    assert.deepEqual(Object.keys(decodeJwt<{ cnf: object }>(body.access_token).cnf), ['jkt']);
  });

  const requests: readonly [string, string, Record<string, string>, RegExp][] = [
    [
      'a certificate that nobody registered',
      proxy,
      { 'client-cert': unknown.header },
      /not, or no longer, registered/,
    ],
    [
      "another system's certificate",
      proxy,
      { 'client-cert': ofAnother.header },
      /not, or no longer, registered/,
    ],
    ['an expired certificate', proxy, { 'client-cert': expired.header }, /has expired/],
    ['garbage', proxy, { 'client-cert': 'x' }, /exactly one certificate/],
    ['a header that comes from no proxy', stranger, { 'client-cert': own.header }, /no trusted proxy/],
  ];
  for (const [name, from, headers, sentence] of requests)
    it(`is not given to ${name}`, async () => {
      const { status, body } = await askToken(from, headers);
      assert.deepEqual([status, body.error, body.access_token], [400, 'invalid_request', undefined]);
      assert.match(body.error_description, sentence);
    });

  const uses: readonly [string, string, Record<string, string>, number, string, string?][] = [
    ['without a certificate', proxy, {}, 401, 'certificate-missing'],
    ['by a stranger without one', stranger, {}, 401, 'certificate-missing'],
    [
      'by a stranger that sends the header itself',
      stranger,
      { 'client-cert': own.header },
      400,
      'certificate-not-trusted',
    ],
    [
      'with another certificate of the system',
      proxy,
      { 'client-cert': second.header },
      401,
      'certificate-other',
    ],
    [
      'with a certificate that nobody registered',
      proxy,
      { 'client-cert': unknown.header },
      401,
      'certificate-other',
    ],
    ['with an expired certificate', proxy, { 'client-cert': expired.header }, 401, 'certificate-expired'],
    ['with garbage', proxy, { 'client-cert': ':x:' }, 400, 'certificate-unreadable'],
    ['under the scheme DPoP', proxy, { 'client-cert': own.header }, 401, 'token-invalid', 'DPoP'],
  ];
  for (const [name, from, headers, status, code, scheme] of uses)
    it(`is refused ${name}: ${code}`, async () => {
      const answer = await use(from, headers, scheme);
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
      assert.equal(answer.headers.has('www-authenticate'), status === 401);
    });

  it('goes by the address that the proxy names where a grant lists addresses', async () => {
    const list = (addresses: string) =>
      hub.owner.query('UPDATE access_grant SET addresses = $1 WHERE id = $2', [addresses, 'q-mot-cua-tthc']);
    await list('{198.51.100.0/24}');
    const ask = (from: string) =>
      use(proxy, { 'client-cert': own.header, 'x-forwarded-for': from }).then(({ body }) => body.code);
    await until(async () => (await ask('203.0.113.9')) === 'address-not-granted');
    assert.equal(await ask('198.51.100.4'), undefined);
    assert.equal(await ask('198.51.100.4, 203.0.113.9'), 'address-not-granted', 'put there by the caller');
    await list('{}');
    await until(async () => (await ask('203.0.113.9')) === undefined);
  });

  for (const [what, certificate, change] of [
    ['the end of the certificate in the registry', own, 'valid_to'],
    ['its revocation', second, 'revoked_at'],
  ] as const)
    it(`is worth nothing within a second of ${what}`, async () => {
      const headers = { 'client-cert': certificate.header };
      token = (await askToken(proxy, headers)).body.access_token;
      assert.equal((await use(proxy, headers)).status, 200);
      const { sha256 } = certificate;
      await hub.owner.query(`UPDATE system_key SET ${change} = now() WHERE certificate_sha256 = $1`, [
        sha256,
      ]);
      const startedMs = performance.now();
      await until(async () => (await use(proxy, headers)).body.code === 'certificate-not-registered');
      assert.ok(performance.now() - startedMs < 2_000);
      assert.equal((await askToken(proxy, headers)).status, 400);
    });
});
