// A process whose KEY_DIR lacks the key that signs now: it trusts no retired key, issues nothing, and says so.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import pg from 'pg';
import pino from 'pino';
import { checkKeys } from '../../src/key-check.ts';
import { createKeys, openKeys } from '../../src/keys.ts';
import { Problem } from '../../src/problem.ts';
import { rotateTokenKey } from '../../src/signin/rotate-token-key.ts';
import { openSignIn, type SignIn } from '../../src/signin/sign-in.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { until } from '../support/embedded.ts';
import { cutDatabase } from '../support/outage.ts';
import { ask, makeRegistry, publicUrl, signAssertion } from './fixture.ts';

describe('A process without the key that signs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-missing-key-'));
  const [own, copy] = [join(folder, 'own'), join(folder, 'copy')];
  const next = 'token-next.json';
  const logged: string[] = [];
  let database: FreshDatabase;
  let pool: pg.Pool;
  let signIn: SignIn;
  let server: Server;
  let url: string;

  before(async () => {
    database = await freshDatabase('test');
    createKeys(own, 'test');
    cpSync(own, copy, { recursive: true });
    const owner = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
    await checkKeys(owner, openKeys(own, 'test'));
    await owner.end();
    pool = new pg.Pool({ connectionString: database.hubUrl, max: 2 });
    pool.on('error', () => undefined);
    signIn = await openSignIn({
      config: { publicUrl, environment: 'test', trustedProxies: [], certificateHeader: 'client-cert' },
      ...{ pool, registry: makeRegistry(), keys: openKeys(copy, 'test'), onToken: () => undefined },
      logger: pino({}, { write: (line: string) => logged.push(line) }),
    });
    server = createServer(express().use(signIn.authorization.handler)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const place = server.address();
    url = `http://127.0.0.1:${typeof place === 'object' && place ? place.port : 0}`;
  });
  after(async () => {
    server.close();
    await signIn.close();
    await pool.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  const askToken = async () => ask({ url }, await signAssertion());
  const check = (token: string): string => {
    try {
      return signIn.tokens.check(token).clientId;
    } catch (error) {
      return error instanceof Problem ? error.code : String(error);
    }
  };
  const published = async (): Promise<number> =>
    JSON.parse(await (await fetch(`${url}/oauth/jwks`)).text()).keys.length;

  it('refuses tokens of the stolen key, issues none and is not ready until the new key lies there', async function () {
    this.timeout(30_000);
    const token = String((await askToken()).body['access_token']);
    assert.deepEqual([check(token), signIn.canIssue(), await published()], ['one-stop', true, 1]);
    await rotateTokenKey({ ownerUrl: database.ownerUrl, folder: own, publishS: 1, isStolen: true });
    await until(async () => check(token) === 'token-invalid');
    const { status, headers, body } = await askToken();
    assert.deepEqual(
      [status, headers.get('retry-after'), body['error']],
      [503, '1', 'temporarily_unavailable'],
    );
    assert.deepEqual([signIn.canIssue(), await published()], [false, 0]);
    assert.equal((await fetch(`${url}/.well-known/oauth-authorization-server`)).status, 200);
    assert.match(logged.join(''), /"level":50.*lacks the key that signs access tokens/);

    // A file that cannot be read is as one that is missing.
    writeFileSync(join(copy, next), 'x');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.deepEqual([signIn.canIssue(), check(token)], [false, 'token-invalid']);

    cpSync(join(own, next), join(copy, next));
    await until(async () => signIn.canIssue());
    const again = String((await askToken()).body['access_token']);
    assert.deepEqual([check(again), check(token), await published()], ['one-stop', 'token-invalid', 1]);
  });

  it('cannot confirm the keys for 5 s: no token is issued, none is accepted', async function () {
    this.timeout(30_000);
    const token = String((await askToken()).body['access_token']);
    const restore = await cutDatabase(database);
    try {
      await until(async () => check(token) === 'registry-stale');
      assert.equal(signIn.canIssue(), false);
      assert.equal((await askToken()).status, 503);
    } finally {
      await restore();
    }
    await until(async () => check(token) === 'one-stop');
  });
});
