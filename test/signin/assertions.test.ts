// Client assertions at the token endpoint, over real HTTP and a real database: what passes, and each known attack.
import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { UnsecuredJWT } from 'jose';
import type { Pool } from 'pg';
import { createTokenCheck } from '../../src/signin/token-check.ts';
import * as test from './fixture.ts';

const nowS = () => Math.floor(Date.now() / 1000);

describe('client assertions', () => {
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

  it('yields a JWT access token for one unit that the token check accepts, of ten minutes', async () => {
    const { status, body, headers } = await test.ask(hub, await test.signAssertion());
    assert.equal(status, 200);
    assert.equal(body['token_type'], 'Bearer');
    assert.equal(headers.get('cache-control'), 'no-store');
    const { check } = createTokenCheck({
      issuer: test.publicUrl,
      audience: test.audience,
      keys: [hub.tokenKey],
    });
    const token = check(String(body['access_token']));
    assert.equal(token.clientId, 'one-stop');
    assert.equal(token.unitId, 'unit-a');
    assert.equal(token.expiresAt.getTime() - token.issuedAt.getTime(), 600_000);
  });

  const keys: readonly [string, KeyObject, string][] = [
    ['ES256', test.clientKey, 'ec'],
    ['EdDSA', test.edKey, 'ed'],
    ['PS256', test.rsaKey, 'rsa'],
  ];
  for (const [alg, key, kid] of keys)
    it(`may be signed with ${alg}`, async () => {
      const { status } = await test.ask(hub, await test.signAssertion({ key, header: { alg, kid } }));
      assert.equal(status, 200);
    });

  const pem = () => Buffer.from(createPublicKey(test.rsaKey).export({ type: 'spki', format: 'pem' }));
  const attacks: readonly [string, () => Promise<string>][] = [
    [
      'without signature (alg none)',
      async () =>
        new UnsecuredJWT({ sub: 'one-stop', iss: 'one-stop', aud: test.publicUrl, jti: randomUUID() })
          .setIssuedAt()
          .setExpirationTime('60s')
          .encode(),
    ],
    [
      'signed with HS256 over the public key (algorithm confusion)',
      () => test.signAssertion({ key: pem(), header: { alg: 'HS256', kid: 'rsa' } }),
    ],
    [
      'signed with RS256',
      () => test.signAssertion({ key: test.rsaKey, header: { alg: 'RS256', kid: 'rsa' } }),
    ],
    ['addressed to the token endpoint', () => test.signAssertion({ claims: { aud: test.tokenAddress } })],
    ['addressed to another hub', () => test.signAssertion({ claims: { aud: 'https://other.test' } })],
    [
      'addressed to the host of the request',
      () => test.signAssertion({ claims: { aud: `${hub.url}/oauth/token` } }),
    ],
    [
      'addressed to a list of audiences',
      () => test.signAssertion({ claims: { aud: [test.publicUrl, 'x'] } }),
    ],
    ['issued by another', () => test.signAssertion({ claims: { iss: 'single' } })],
    ['of the type of an access token', () => test.signAssertion({ header: { typ: 'at+jwt' } })],
    ['of the type of a proof', () => test.signAssertion({ header: { typ: 'dpop+jwt' } })],
    ['expired', () => test.signAssertion({ claims: { iat: nowS() - 120 } })],
    ['from the future', () => test.signAssertion({ claims: { iat: nowS() + 30 } })],
    ['that lives an hour', () => test.signAssertion({ claims: { exp: nowS() + 3600 } })],
    ['that lives 61 seconds', () => test.signAssertion({ claims: { iat: nowS(), exp: nowS() + 61 } })],
    ['not valid yet', () => test.signAssertion({ claims: { nbf: nowS() + 30 } })],
    ['without iat', () => test.signAssertion({ claims: { iat: undefined } })],
    ['without jti', () => test.signAssertion({ claims: { jti: '' } })],
    ['with a jti of 129 characters', () => test.signAssertion({ claims: { jti: 'x'.repeat(129) } })],
    ['by an unknown key', () => test.signAssertion({ key: test.makeKey() })],
    ['under an unknown kid', () => test.signAssertion({ header: { kid: 'unknown' } })],
    ['by a key whose time is over', () => test.signAssertion({ key: test.oldKey, header: { kid: 'old' } })],
    [
      'with its own key in the header',
      async () => {
        const key = test.makeKey();
        return test.signAssertion({ key, header: { jwk: createPublicKey(key).export({ format: 'jwk' }) } });
      },
    ],
    [
      'with a key address in the header',
      () => test.signAssertion({ header: { jku: 'https://evil.test/keys' } }),
    ],
    [
      'of a system that does not exist',
      () => test.signAssertion({ claims: { iss: 'nobody', sub: 'nobody' } }),
    ],
    ['of a suspended system', () => test.signAssertion({ claims: { iss: 'suspended', sub: 'suspended' } })],
    [
      'that names its audience twice',
      () =>
        test.signRaw(
          '{"alg":"ES256","kid":"ec"}',
          `{"aud":"https://other.test","aud":"${test.publicUrl}","iss":"one-stop","sub":"one-stop",` +
            `"jti":"${randomUUID()}","iat":${nowS()},"exp":${nowS() + 60}}`,
          test.clientKey,
        ),
    ],
    [
      'with critical extensions',
      () =>
        test.signRaw(
          '{"alg":"ES256","kid":"ec","crit":["x"],"x":1}',
          `{"aud":"${test.publicUrl}","iss":"one-stop","sub":"one-stop",` +
            `"jti":"${randomUUID()}","iat":${nowS()},"exp":${nowS() + 60}}`,
          test.clientKey,
        ),
    ],
    ['that is no JWT', async () => 'a.b.c'],
  ];
  for (const [name, make] of attacks)
    it(`are refused ${name}`, async () => {
      const { status, body, headers } = await test.ask(hub, await make());
      assert.match(String(body['error']), /^invalid_(client|request)$/);
      assert.ok(status === 400 || status === 401);
      assert.match(headers.get('content-type') ?? '', /^application\/json/);
      assert.equal(body['access_token'], undefined);
    });

  it('say why only to a caller whose signature was good', async () => {
    const known = await test.ask(hub, await test.signAssertion({ claims: { aud: test.tokenAddress } }));
    const forged = await test.ask(hub, await test.signAssertion({ key: test.makeKey() }));
    const nobody = await test.ask(
      hub,
      await test.signAssertion({ claims: { iss: 'nobody', sub: 'nobody' } }),
    );
    assert.equal(known.body['error_description'], `aud must be exactly ${test.publicUrl}`);
    assert.deepEqual(forged.body, nobody.body);
    for (const word of ['client id', 'kid', 'signed', `aud is exactly ${test.publicUrl}`])
      assert.ok(String(forged.body['error_description']).includes(word), word);
  });

  const reasons: readonly [string, () => Parameters<typeof test.signAssertion>[0], RegExp][] = [
    [
      'its clock, 120 s behind',
      () => ({ claims: { iat: nowS() - 120 } }),
      /has expired: its iat is 12\d s behind/,
    ],
    ['its clock, 90 s ahead', () => ({ claims: { iat: nowS() + 90 } }), /in the future, [89]\d s ahead/],
    ['its clock, by nbf', () => ({ claims: { nbf: nowS() + 30 } }), /nbf is [23]\d s ahead/],
    [
      'the audience',
      () => ({ claims: { aud: 'https://other.test' } }),
      /^aud must be exactly https:\/\/hub\.test$/,
    ],
    ['the issuer', () => ({ claims: { iss: 'single' } }), /iss and sub must both be the client id/],
    ['the jti', () => ({ claims: { jti: '' } }), /jti must be/],
    [
      'the suspended system',
      () => ({ claims: { iss: 'suspended', sub: 'suspended' } }),
      /^the system suspended is suspended at this hub$/,
    ],
    [
      'the key that ended',
      () => ({ key: test.oldKey, header: { kid: 'old' } }),
      /the key ended at 2026-01-01T/,
    ],
    [
      'the wrong clock of an RSA key',
      () => ({ key: test.rsaKey, header: { alg: 'PS256', kid: 'rsa' }, claims: { iat: nowS() - 120 } }),
      /has expired/,
    ],
    [
      'the wrong clock of an Ed25519 key',
      () => ({ key: test.edKey, header: { alg: 'EdDSA', kid: 'ed' }, claims: { iat: nowS() - 120 } }),
      /has expired/,
    ],
  ];
  for (const [name, make, expected] of reasons)
    it(`name ${name} to whoever signed with the key of the system, and to nobody else`, async () => {
      const how = make();
      const { status, body } = await test.ask(hub, await test.signAssertion(how));
      assert.deepEqual([status, body['error']], [401, 'invalid_client']);
      assert.match(String(body['error_description']), expected);
      const forged = await test.ask(
        hub,
        await test.signAssertion({ ...how, key: test.makeKey(), header: { kid: how?.header?.['kid'] } }),
      );
      assert.match(String(forged.body['error_description']), /^client authentication failed; check that/);
    });

  it('name a second use', async () => {
    const assertion = await test.signAssertion();
    await test.ask(hub, assertion);
    const { body } = await test.ask(hub, assertion);
    assert.match(String(body['error_description']), /was used before; make a new one, with a new jti/);
  });

  it('pass once: of three sent at once exactly one succeeds', async () => {
    const assertion = await test.signAssertion();
    const answers = await Promise.all([1, 2, 3].map(() => test.ask(hub, assertion)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401]);
  });

  it('pass once across two server processes on one database', async () => {
    const assertion = await test.signAssertion();
    const answers = await test.withHub(pool, {}, (other) =>
      Promise.all([hub, other, hub, other].map((each) => test.ask(each, assertion))),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401]);
  });

  it('are not accepted with a client secret beside or instead of them', async () => {
    const beside = await test.ask(hub, await test.signAssertion(), { client_secret: 'test-secret' });
    const basic = `Basic ${Buffer.from('one-stop:test-secret').toString('base64')}`;
    const instead = await fetch(`${hub.url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: basic },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    assert.equal(beside.body['access_token'], undefined);
    assert.equal(instead.status, 401);
  });

  it('leave no row behind once it could not pass any more', async () => {
    await pool.query(`INSERT INTO replay SELECT sha256(i::text::bytea), now() - interval '1 hour'
      FROM generate_series(1, 12) AS i`);
    await test.ask(hub, await test.signAssertion());
    await test.ask(hub, await test.signAssertion());
    const { rows } = await pool.query("SELECT FROM replay WHERE forget_at < now() - interval '5 minutes'");
    assert.equal(rows.length, 0);
  });
});
