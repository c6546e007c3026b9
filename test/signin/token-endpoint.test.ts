// The token endpoint beyond assertions: acting units, resources, documents, limits, staleness, key rotation, what leaks.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import pg, { type Pool } from 'pg';
import { rootFolder } from '../../src/root.ts';
import { toTokenJwk } from '../../src/signin/public-key.ts';
import { createTokenCheck } from '../../src/signin/token-check.ts';
import * as test from './fixture.ts';

const run = promisify(execFile);

const getJson = async (url: string): Promise<Record<string, unknown>> =>
  JSON.parse(await (await fetch(url)).text());

describe('the token endpoint', () => {
  let pool: Pool;
  let hub: test.Hub;
  let closeDatabase: () => Promise<void>;

  before(async () => {
    ({ pool, close: closeDatabase } = await test.openPool());
    hub = await test.startHub(pool);
  });
  after(async () => {
    await hub.close();
    await closeDatabase();
  });

  const scopes: readonly [string, Record<string, string>][] = [
    ['two units', { scope: 'unit:unit-a unit:unit-b' }],
    ['one unit named twice', { scope: 'unit:unit-a unit:unit-a' }],
    ['a unit without mandate', { scope: 'unit:unit-z' }],
    ['a unit and something else', { scope: 'unit:unit-a admin' }],
    ['something else', { scope: 'openid' }],
    ['no unit, by a system with several', {}],
    ['an empty unit', { scope: 'unit:' }],
  ];
  for (const [name, form] of scopes)
    it(`refuses ${name} with invalid_scope`, async () => {
      const { status, body } = await test.ask(hub, await test.signAssertion(), form);
      assert.equal(status, 400);
      assert.equal(body['error'], 'invalid_scope');
    });

  it("leaves Node's hooks at promises off once no token is being made", async () => {
    // In a process of its own: another test's hooks would hide what is asked here.
    const { stdout } = await run(process.execPath, ['--import', 'tsx', 'test/signin/promise-hooks.ts'], {
      cwd: rootFolder,
    });
    assert.equal(stdout, 'during true, after false');
  });

  it('takes the only mandated unit of a system that names none', async () => {
    const assertion = await test.signAssertion({ claims: { iss: 'single', sub: 'single' } });
    assert.equal((await test.ask(hub, assertion, {})).body['scope'], 'unit:unit-a');
  });

  it('never issues an opaque token, whatever the resource parameter says', async () => {
    for (const resource of ['', test.audience]) {
      const { body } = await test.ask(hub, await test.signAssertion(), { scope: 'unit:unit-a', resource });
      assert.equal(decodeProtectedHeader(String(body['access_token'])).typ, 'at+jwt');
    }
    const form: [string, string][] = [
      ['scope', 'unit:unit-a'],
      ['resource', test.audience],
    ];
    const other = await test.ask(hub, await test.signAssertion(), { resource: 'https://other.test' });
    const twice = await test.ask(hub, await test.signAssertion(), [
      ...form,
      ['resource', 'https://other.test'],
    ]);
    assert.equal(other.body['error'], 'invalid_target');
    assert.equal(twice.body['error'], 'invalid_target');
  });

  it('signs tokens that a standard library accepts with the published keys', async () => {
    const { body } = await test.ask(hub, await test.signAssertion());
    const published = await (await fetch(`${hub.url}/oauth/jwks`)).json();
    const keys = createLocalJWKSet(JSON.parse(JSON.stringify(published)));
    const { protectedHeader, payload } = await jwtVerify(String(body['access_token']), keys, {
      issuer: test.publicUrl,
      audience: test.audience,
      typ: 'at+jwt',
    });
    assert.equal(protectedHeader.kid, await calculateJwkThumbprint(hub.tokenKey.export({ format: 'jwk' })));
    assert.equal(payload['client_id'], payload.sub);
  });

  it('publishes no private key and no endpoint but the token endpoint, under the public address', async () => {
    const keys = JSON.stringify(await getJson(`${hub.url}/oauth/jwks`));
    assert.doesNotMatch(keys, /"d":/);
    for (const path of ['oauth-authorization-server', 'openid-configuration']) {
      const { issuer, ...metadata } = await getJson(`${hub.url}/.well-known/${path}`);
      assert.equal(issuer, test.publicUrl);
      const endpoints = Object.keys(metadata)
        .filter((name) => /_endpoint$|_uri$/.test(name))
        .sort();
      assert.deepEqual(endpoints, ['jwks_uri', 'token_endpoint']);
      assert.equal(metadata['token_endpoint'], test.tokenAddress);
    }
  });

  it('builds addresses from the public address whatever Host and X-Forwarded-* say', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const headers = { host: 'evil.test', 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'http' };
      request(`${hub.url}/.well-known/openid-configuration`, { headers }, async (response) => {
        resolve((await response.toArray()).join(''));
      })
        .on('error', reject)
        .end();
    });
    assert.doesNotMatch(text, /evil|127\.0\.0\.1/);
  });

  const closed = [
    '/auth',
    '/oauth/auth',
    '/session/end',
    '/session/end/confirm',
    '/me',
    '/reg',
    '/request',
    '/token',
    '/token/introspection',
    '/token/revocation',
    '/interaction/x',
    '/OAUTH/TOKEN',
    '/oauth/token/',
  ];
  it('answers at no other address of the provider', async () => {
    for (const path of closed) {
      const get = await fetch(hub.url + path);
      const post = await fetch(hub.url + path, { method: 'POST' });
      assert.deepEqual([path, get.status, post.status], [path, 404, 404]);
    }
  });

  it('offers only client_credentials, and only by POST', async () => {
    const assertion = await test.signAssertion();
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_assertion: assertion,
      code: 'x',
    });
    body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const other = await fetch(`${hub.url}/oauth/token`, { method: 'POST', body });
    const get = await fetch(`${hub.url}/oauth/token`);
    assert.equal(JSON.parse(await other.text()).error, 'unsupported_grant_type');
    assert.equal(get.status, 405);
    assert.equal(get.headers.get('allow'), 'POST');
  });

  it('refuses bodies beyond 56 KiB and answers in JSON even to a browser', async () => {
    const { status, headers, body } = await test.ask(hub, 'x'.repeat(60_000), {}, { accept: 'text/html' });
    assert.equal(status, 400);
    assert.match(headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(body['error'], 'invalid_request');
  });

  it('makes a client wait after too many failures, but not others of its network', async () => {
    const fail = () => test.signAssertion();
    const [third, other] = await test.withHub(pool, { failuresAMinute: 2 }, async (small) => {
      await test.ask(small, await fail(), { scope: 'unit:none' });
      await test.ask(small, await fail(), { scope: 'unit:none' });
      const single = await test.signAssertion({ claims: { iss: 'single', sub: 'single' } });
      return [await test.ask(small, await test.signAssertion()), await test.ask(small, single)];
    });
    assert.equal(third?.status, 429);
    assert.equal(third?.body['error'], 'slow_down');
    assert.ok(Number(third?.headers.get('retry-after')) > 0);
    assert.equal(other?.status, 200);
  });

  it('lets nobody without its key make a client wait', async () => {
    const genuine = await test.withHub(pool, { failuresAMinute: 2 }, async (small) => {
      for (let n = 0; n < 3; n += 1)
        assert.equal((await test.ask(small, await test.signAssertion({ key: test.makeKey() }))).status, 401);
      return test.ask(small, await test.signAssertion());
    });
    assert.equal(genuine.status, 200);
  });

  it('issues nothing while the registry is unconfirmed for more than 5 s', async () => {
    const registry = test.makeRegistry({ staleMs: 5_001 });
    const assertion = await test.signAssertion();
    const { status, headers } = await test.withHub(pool, { registry }, (stale) => test.ask(stale, assertion));
    assert.equal(status, 503);
    assert.equal(headers.get('retry-after'), '1');
  });

  it('issues nothing from a snapshot older than the registry, so a revoked key gets no later token', async () => {
    const registry = test.makeRegistry({ version: 0n });
    const assertion = await test.signAssertion();
    const { status, body } = await test.withHub(pool, { registry }, (behind) => test.ask(behind, assertion));
    assert.equal(status, 503);
    assert.equal(body['error'], 'temporarily_unavailable');
  });

  it('answers 503 without detail when the database is away', async () => {
    const lost = new pg.Pool({ host: '127.0.0.1', port: 1 });
    const assertion = await test.signAssertion();
    const [{ status, body }, logged] = await test.withHub(lost, {}, async (alone) => [
      await test.ask(alone, assertion),
      alone.logged.join(''),
    ]);
    assert.equal(status, 503);
    assert.deepEqual(Object.keys(body).sort(), ['error', 'error_description']);
    assert.match(logged, /"level":50.*ECONNREFUSED/);
  });

  it('rotates its key: the next is published before it signs, tokens of the old one stay good', async () => {
    const next = test.makeKey();
    const [before, after, published, old] = await test.withHub(pool, {}, async (rotating) => {
      rotating.server.useKeys({ signing: rotating.tokenKey, published: [next] });
      const first = await test.ask(rotating, await test.signAssertion());
      const keys = await getJson(`${rotating.url}/oauth/jwks`);
      rotating.server.useKeys({ signing: next, published: [rotating.tokenKey] });
      return [first, await test.ask(rotating, await test.signAssertion()), keys, rotating.tokenKey];
    });
    const kids = [before, after].map(({ body }) => decodeProtectedHeader(String(body['access_token'])).kid);
    const { check } = createTokenCheck({
      issuer: test.publicUrl,
      audience: test.audience,
      keys: [old, next],
    });
    for (const { body } of [before, after])
      assert.equal(check(String(body['access_token'])).unitId, 'unit-a');
    assert.deepEqual(kids, [toTokenJwk(old).kid, toTokenJwk(next).kid]);
    for (const kid of kids) assert.match(JSON.stringify(published), new RegExp(`"kid":"${kid}"`));
    assert.doesNotMatch(JSON.stringify(published), /"d":/);
  });

  it('logs who was given and who was refused a token, and never an assertion or a token', async () => {
    const assertion = await test.signAssertion();
    const { body } = await test.ask(hub, assertion);
    await test.ask(hub, assertion);
    const log = hub.logged.join('');
    assert.match(log, /token issued/);
    assert.match(log, /client assertion tokens must only be used once/);
    assert.ok(!log.includes(assertion) && !log.includes(String(body['access_token'])));
  });

  it('refuses a public address that is not an origin', async () => {
    const keys = { signing: test.makeKey() };
    const { createAuthorizationServer } = await import('../../src/signin/authorization-server.ts');
    const { default: pino } = await import('pino');
    for (const publicUrl of ['https://hub.test/', 'https://hub.test/hub', 'https://hub.test?x'])
      await assert.rejects(
        createAuthorizationServer({
          publicUrl,
          environment: 'test',
          registry: test.makeRegistry(),
          keys,
          pool,
          logger: pino({ enabled: false }),
        }),
        /must be an origin/,
      );
  });
});
