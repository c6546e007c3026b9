// The key of access tokens is rotated under load: two hub processes, no restart, no call refused for it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeProtectedHeader } from 'jose';
import { parsePrivateKey, requestToken } from '../../src/cli/token.ts';
import { createTokenKey, readTokenKey } from '../../src/keys.ts';
import { toTokenJwk } from '../../src/signin/public-key.ts';
import { type Rotation, rotateTokenKey } from '../../src/signin/rotate-token-key.ts';
import { lgsp } from '../cli/command.ts';
import { freshDatabase } from '../support/database.ts';
import { until } from '../support/embedded.ts';
import { type HubCluster, startCluster } from '../support/hub-cluster.ts';

describe('Rotating the key of access tokens', () => {
  let cluster: HubCluster;
  before(async function () {
    this.timeout(60_000);
    cluster = await startCluster('rotation', await freshDatabase());
    await cluster.resize(2);
  });
  after(() => cluster.close());

  const rotate = (more: { publishS?: number; isStolen?: boolean } = {}): Promise<Rotation> =>
    rotateTokenKey({
      ownerUrl: cluster.database.ownerUrl,
      folder: cluster.keyFolder,
      publishS: 3,
      isStolen: false,
      ...more,
    });
  const portOf = (n: number): number => cluster.hubs[n]?.port ?? 0;
  const askToken = async (port: number): Promise<string> => {
    const { privateKeyFile = '' } =
      cluster.province.systems.find(({ clientId }) => clientId === 'mot-cua') ?? {};
    const { accessToken } = await requestToken({
      tokenUrl: `http://127.0.0.1:${port}/oauth/token`,
      issuer: cluster.url,
      clientId: 'mot-cua',
      key: parsePrivateKey(readFileSync(privateKeyFile, 'utf8')),
      unitId: 'cq-00',
    });
    return accessToken;
  };
  /** 404 for a good token, since there is no such exchange. */
  const use = async (port: number, token: string): Promise<number> => {
    const address = `http://127.0.0.1:${port}/evidence/v1/exchanges/${randomUUID()}`;
    const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
    await answer.arrayBuffer();
    return answer.status;
  };
  const kidOf = (token: string): string => decodeProtectedHeader(token).kid ?? '';
  const publishedAt = async (port: number): Promise<readonly string[]> => {
    const { keys }: { keys: { kid: string }[] } = JSON.parse(
      await (await fetch(`http://127.0.0.1:${port}/oauth/jwks`)).text(),
    );
    return keys.map(({ kid }) => kid);
  };

  it('switches every process by itself, the next key being published at all before any signs with it', async function () {
    this.timeout(60_000);
    const first = await askToken(portOf(0));
    const seen: { readonly from: number; readonly kid: string; readonly status: number }[] = [];
    let isOver = false;
    /** Tokens of one process are used at the other at once. */
    const load = async (from: number): Promise<void> => {
      while (!isOver) {
        const token = await askToken(portOf(from));
        const [, publishes] = await Promise.all([pause(40), publishedAt(portOf(1 - from))]);
        assert.ok(publishes.includes(kidOf(token)), 'signed with a key that the other does not publish');
        seen.push({ from, kid: kidOf(token), status: await use(portOf(1 - from), token) });
      }
    };
    const running = Promise.all([load(0), load(1)]);
    const { kid, signsFrom } = await rotate();
    assert.notEqual(kid, kidOf(first));
    await until(async () => [0, 1].every((from) => seen.some((one) => one.from === from && one.kid === kid)));
    await pause(1_000);
    isOver = true;
    await running;
    assert.ok(Date.now() >= signsFrom.getTime());
    assert.deepEqual([...new Set(seen.map(({ status }) => status))], [404], 'nobody was refused');
    assert.deepEqual(new Set(seen.map((one) => one.kid)), new Set([kidOf(first), kid]));
    assert.deepEqual(await Promise.all([use(portOf(0), first), use(portOf(1), first)]), [404, 404]);
  });

  it('is taken up by a process that starts afterwards', async function () {
    this.timeout(30_000);
    await cluster.resize(1);
    await cluster.resize(2);
    const token = await askToken(portOf(1));
    assert.equal(await use(portOf(0), token), 404);
    assert.equal((await publishedAt(portOf(1))).length, 2);
  });

  it('is refused while one is under way, and while three keys would be published', async function () {
    this.timeout(30_000);
    const { signsFrom } = await rotate({ publishS: 2 });
    await assert.rejects(rotate(), /a rotation is under way/);
    await until(async () => Date.now() > signsFrom.getTime() + 200);
    assert.deepEqual(
      readdirSync(cluster.keyFolder)
        .filter((name) => name.startsWith('token'))
        .sort(),
      ['token-next.json', 'token-previous.json', 'token.json'],
    );
    await assert.rejects(rotate(), /the key before last is published until/);
  });

  it('ends all earlier tokens at once when the key was stolen, on every process', async function () {
    this.timeout(30_000);
    const old = await askToken(portOf(0));
    const { kid } = await rotate({ publishS: 2, isStolen: true });
    assert.equal(await use(portOf(1), old), 404, 'until the next key signs');
    await until(async () => (await use(portOf(0), old)) === 401 && (await use(portOf(1), old)) === 401);
    const token = await askToken(portOf(0));
    assert.deepEqual([kidOf(token), await use(portOf(1), token)], [kid, 404]);
    assert.deepEqual(await publishedAt(portOf(0)), [kid]);
  });

  it('is refused in a folder that does not hold the key that signs, and makes nothing there', async () => {
    const { rows } = await cluster.owner.query<{ n: number }>('SELECT count(*)::int AS n FROM token_key');
    const file = join(cluster.keyFolder, 'token-next.json');
    renameSync(file, `${file}.kept`);
    await assert.rejects(rotate(), /does not hold the key that signs now/);
    assert.ok(!existsSync(file), 'nothing was made');
    renameSync(`${file}.kept`, file);
    const after = await cluster.owner.query<{ n: number }>('SELECT count(*)::int AS n FROM token_key');
    assert.deepEqual(after.rows, rows);
  });

  it('goes on with the key that an interrupted rotation left', async () => {
    const [next, current] = ['token-next', 'token'].map((name) => join(cluster.keyFolder, `${name}.json`));
    renameSync(next ?? '', current ?? '');
    createTokenKey(cluster.keyFolder, 'sandbox', 'token-next');
    const left = readTokenKey(cluster.keyFolder, 'sandbox', 'token-next');
    const { kid, signsFrom } = await rotate({ publishS: 1 });
    assert.equal(kid, left && toTokenJwk(left).kid);
    await until(async () => Date.now() > signsFrom.getTime());
  });

  it('is a command, which says in one sentence why it cannot', async function () {
    this.timeout(30_000);
    const words = ['keys', 'rotate-token', '--folder', cluster.keyFolder];
    const missing = await lgsp(words, { DATABASE_OWNER_URL: '' });
    assert.deepEqual(
      [missing.code, missing.err.trim()],
      [1, 'lgsp: DATABASE_OWNER_URL is missing: the database as its owner'],
    );
    const environment = { DATABASE_OWNER_URL: cluster.database.ownerUrl };
    const bad = await lgsp([...words, '--after', '0'], environment);
    assert.match(bad.err, /must be published for 1 to 86400 seconds/);
    const done = await lgsp([...words, '--after', '60'], environment);
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /next key +[\w-]{43}\nsigns from +2\d{3}-.*\nold tokens until 2\d{3}-/);
    rmSync(join(cluster.keyFolder, 'token-next.json'));
  });
});
