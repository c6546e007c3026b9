// Resumable uploads: what was answered is kept, whatever is cut off or killed; only the unit sees its uploads; each is used
// once. Real PostgreSQL, real HTTP, tus's own client.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Upload } from 'tus-js-client';
import { Problem } from '../../../src/problem.ts';
import { rootFolder } from '../../../src/root.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database.ts';
import {
  startUploadServer,
  type UploadServer,
  type UploadServerSettings,
} from '../../support/upload-server.ts';

const mebibyte = 1_048_576;
const toSha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
const words = `filename ${Buffer.from('Tờ trình.pdf').toString('base64')},filetype ${btoa('application/pdf')}`;
const one = { unit: 'unit-1', system: 'system-1' };

describe('Resumable uploads', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-uploads-'));
  let database: FreshDatabase;
  let owner: pg.Pool;
  let server: UploadServer;
  let settings: UploadServerSettings;
  const children: ChildProcess[] = [];

  before(async () => {
    database = await freshDatabase();
    owner = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
    settings = {
      hubUrl: database.hubUrl,
      blobFolder: folder,
      key: randomBytes(32).toString('hex'),
      limits: { uploadBytes: 8 * mebibyte, openUploads: 4, openBytes: 20 * mebibyte, parts: 20, waitMs: 500 },
    };
    server = await startUploadServer(settings);
  });
  afterEach(() => owner.query('DELETE FROM upload'));
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await server.close();
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  type Headers = Readonly<Record<string, string>>;
  const call = (method: string, url: string, headers: Headers = {}, body?: Uint8Array): Promise<Response> =>
    fetch(url, {
      method,
      headers: { 'tus-resumable': '1.0.0', 'x-unit': 'unit-1', ...headers },
      ...(body && { body }),
    });
  const create = async (bytes: number, headers: Headers = {}): Promise<string> => {
    const made = await call('POST', server.url, {
      'upload-length': String(bytes),
      'upload-metadata': words,
      ...headers,
    });
    assert.equal(made.status, 201, await made.text());
    return new URL(made.headers.get('location') ?? '', server.url).href;
  };
  const append = (url: string, offset: number, body: Uint8Array, headers: Headers = {}): Promise<Response> =>
    call(
      'PATCH',
      url,
      { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', ...headers },
      body,
    );
  const offsetOf = async (url: string): Promise<number> =>
    Number((await call('HEAD', url)).headers.get('upload-offset'));
  const toId = (url: string): string => url.slice(url.lastIndexOf('/') + 1);
  const codeOf = async (answer: Response): Promise<unknown> => {
    const body: unknown = await answer.json();
    return typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
  };
  const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;
  const listFiles = (): readonly string[] => readdirSync(join(folder, 'uploads'));

  /** Begins to append and leaves the request open after `part`. */
  async function beginAppend(url: string, part: Uint8Array, length: number): Promise<ClientRequest> {
    const begun = request(url, {
      method: 'PATCH',
      headers: {
        'tus-resumable': '1.0.0',
        'x-unit': 'unit-1',
        'upload-offset': '0',
        'content-type': 'application/offset+octet-stream',
        'content-length': length,
      },
    });
    begun.on('error', () => undefined);
    await new Promise((resolve) => begun.write(part, resolve));
    await awaitLock(url);
    return begun;
  }
  async function awaitLock(url: string): Promise<void> {
    for (;;) {
      const held = await owner.query('SELECT FROM work_lease WHERE name = $1', [`upload:${toId(url)}`]);
      if (held.rowCount === 1) return;
      await pause(10);
    }
  }
  async function startProcess(): Promise<{ url: string; child: ChildProcess }> {
    const program = join(rootFolder, 'test', 'support', 'upload-server.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(settings)], {
      cwd: rootFolder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const [url] = await once(createInterface(child.stdout), 'line');
    return { url: String(url), child };
  }

  it("take a file from tus's own client in parts, and give it back with its words and hash", async () => {
    const content = randomBytes(3 * mebibyte + 5);
    let url = '';
    await new Promise<void>((resolve, reject) => {
      const upload = new Upload(content, {
        endpoint: server.url,
        headers: { 'x-unit': 'unit-1' },
        chunkSize: mebibyte,
        metadata: { filename: 'Tờ trình.pdf', filetype: 'application/pdf' },
        onError: reject,
        onSuccess: () => {
          url = upload.url ?? '';
          resolve();
        },
      });
      upload.start();
    });
    const { id, open, ...file } = await server.uploads.find(toId(url), one);
    assert.deepEqual(file, {
      name: 'Tờ trình.pdf',
      type: 'application/pdf',
      bytes: content.length,
      sha256: toSha256(content),
    });
    assert.ok((await buffer(open())).equals(content));
    assert.equal(listFiles().filter((name) => name.startsWith(id)).length, 4);
  });

  it('keep what came before a connection was cut, and go on from there', async () => {
    const content = randomBytes(2 * mebibyte);
    const url = await create(content.length);
    const begun = await beginAppend(url, content.subarray(0, 700_000), content.length);
    begun.destroy();
    let offset = 0;
    while (offset === 0) {
      await pause(20);
      offset = await offsetOf(url);
    }
    assert.ok(offset <= 700_000);
    const answer = await append(url, offset, content.subarray(offset));
    assert.deepEqual([answer.status, answer.headers.get('upload-offset')], [204, String(content.length)]);
    const file = await server.uploads.find(toId(url), one);
    assert.equal(file.sha256, toSha256(content));
    assert.ok((await buffer(file.open())).equals(content));
  });

  it('live through kill -9: what was answered is there, and another process goes on', async function () {
    this.timeout(30_000);
    const content = randomBytes(mebibyte);
    const { url: place, child } = await startProcess();
    const url = (await create(content.length)).replace(server.url, place);
    assert.equal((await append(url, 0, content.subarray(0, 300_000))).status, 204);
    child.kill('SIGKILL');
    await once(child, 'close');
    const here = url.replace(place, server.url);
    assert.equal(await offsetOf(here), 300_000);
    assert.equal((await append(here, 300_000, content.subarray(300_000))).status, 204);
    const file = await server.uploads.find(toId(url), one);
    assert.equal(file.sha256, toSha256(content), 'the hash of parts that came to two processes');
  });

  it('let one of two processes append at a time, and tell the other that it is locked', async function () {
    this.timeout(30_000);
    const content = randomBytes(500_000);
    const { url: place } = await startProcess();
    const url = await create(content.length);
    const begun = await beginAppend(url, content.subarray(0, 100_000), content.length);
    const answer = await append(url.replace(server.url, place), 0, content);
    assert.deepEqual([answer.status, await codeOf(answer)], [423, 'upload-locked']);
    begun.end(content.subarray(100_000));
    const [first] = await once(begun, 'response');
    assert.equal(first.statusCode, 204);
    assert.equal((await server.uploads.find(toId(url), one)).sha256, toSha256(content));
  });

  it('take no byte twice when a lock was lost', async () => {
    const content = randomBytes(200_000);
    const url = await create(content.length);
    const begun = await beginAppend(url, content.subarray(0, 100_000), content.length);
    await owner.query('DELETE FROM work_lease');
    await owner.query('UPDATE upload SET received_bytes = 1 WHERE id = $1', [toId(url)]);
    begun.end(content.subarray(100_000));
    const [answer] = await once(begun, 'response');
    assert.equal(answer.statusCode, 409);
    assert.deepEqual(
      listFiles().filter((name) => name.startsWith(toId(url))),
      [],
    );
  });

  it('are not there for another unit, whatever it does', async () => {
    const url = await create(10);
    for (const method of ['HEAD', 'DELETE'])
      assert.equal((await call(method, url, { 'x-unit': 'unit-2' })).status, 404);
    const answer = await append(url, 0, randomBytes(10), { 'x-unit': 'unit-2' });
    assert.deepEqual([answer.status, await codeOf(answer)], [404, 'upload-unknown']);
    await append(url, 0, randomBytes(10));
    await assert.rejects(
      server.uploads.find(toId(url), { unit: 'unit-2', system: 'system-1' }),
      isProblem('upload-unknown'),
    );
    for (const id of ['none', '0199a7c0-0000-7000-8000-000000000000'])
      assert.equal((await call('HEAD', `${server.url}/${id}`)).status, 404);
  });

  it('are refused when they are too large, too many, or together too much for the unit', async () => {
    const begin = (bytes: number, headers: Headers = {}) =>
      call('POST', server.url, { 'upload-length': String(bytes), 'upload-metadata': words, ...headers });
    assert.equal(await codeOf(await begin(8 * mebibyte + 1)), 'upload-too-large');
    await create(8 * mebibyte);
    await create(8 * mebibyte);
    assert.equal(await codeOf(await begin(8 * mebibyte)), 'upload-room-exhausted');
    const both = await Promise.all([begin(1), begin(1), begin(1)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 201, 429]);
    assert.equal((await begin(1, { 'x-unit': 'unit-2' })).status, 201, 'another unit has room of its own');
  });

  it('are refused when more comes than was stated, with or without a length', async () => {
    const url = await create(10);
    const stated = await append(url, 0, randomBytes(11));
    assert.deepEqual([stated.status, await codeOf(stated)], [413, 'upload-too-large']);
    const chunked = request(url, {
      method: 'PATCH',
      headers: { 'tus-resumable': '1.0.0', 'x-unit': 'unit-1', 'upload-offset': '0' },
    });
    chunked.setHeader('content-type', 'application/offset+octet-stream');
    chunked.end(randomBytes(100_000));
    const [answer] = await once(chunked, 'response');
    assert.deepEqual([answer.statusCode, await offsetOf(url)], [413, 0]);
  });

  const refused: readonly (readonly [string, Headers, number, string])[] = [
    ['no length', {}, 400, 'upload-request-invalid'],
    ['a length to be told later', { 'upload-defer-length': '1' }, 400, 'upload-request-invalid'],
    ['no file name', { 'upload-length': '1' }, 400, 'upload-request-invalid'],
    [
      'a length that is no number',
      { 'upload-length': '1e3', 'upload-metadata': words },
      400,
      'upload-request-invalid',
    ],
    [
      'metadata of other keys',
      { 'upload-length': '1', 'upload-metadata': `${words},x eA==` },
      400,
      'upload-request-invalid',
    ],
    [
      'a name with a folder',
      { 'upload-length': '1', 'upload-metadata': `filename ${btoa('../a')}` },
      400,
      'upload-request-invalid',
    ],
    [
      'a type that is none',
      { 'upload-length': '1', 'upload-metadata': `filename YQ==,filetype eA==` },
      400,
      'upload-request-invalid',
    ],
    [
      'a final upload of others',
      { 'upload-length': '1', 'upload-concat': 'partial' },
      400,
      'upload-request-invalid',
    ],
    [
      'another version',
      { 'tus-resumable': '0.2.2', 'upload-length': '1' },
      412,
      'upload-version-unsupported',
    ],
    ['no version', { 'tus-resumable': '', 'upload-length': '1' }, 412, 'upload-version-unsupported'],
  ];
  for (const [what, headers, status, code] of refused)
    it(`are not begun with ${what}`, async () => {
      const answer = await call('POST', server.url, headers);
      assert.deepEqual([answer.status, await codeOf(answer)], [status, code]);
    });

  it('refuse an offset that is not theirs, and parts without one', async () => {
    const url = await create(10);
    const answer = await append(url, 5, randomBytes(5));
    assert.deepEqual([answer.status, await codeOf(answer)], [409, 'upload-offset-conflict']);
    for (const headers of [{ 'content-type': 'application/offset+octet-stream' }, { 'upload-offset': '0' }])
      assert.equal(await codeOf(await call('PATCH', url, headers, randomBytes(1))), 'upload-request-invalid');
    assert.equal(await offsetOf(url), 0);
  });

  it('come in a bounded number of parts', async () => {
    const url = await create(30);
    for (let n = 0; n < 20; n += 1) assert.equal((await append(url, n, Buffer.alloc(1))).status, 204);
    assert.equal(await codeOf(await append(url, 20, Buffer.alloc(1))), 'upload-request-invalid');
  });

  it('are used once, in the transaction that takes them, and only when they are whole', async () => {
    const content = randomBytes(50);
    const url = await create(50);
    await append(url, 0, content.subarray(0, 49));
    const take = async (end: 'COMMIT' | 'ROLLBACK'): Promise<string> => {
      const client = await owner.connect();
      try {
        await client.query('BEGIN');
        const { sha256 } = await server.uploads.take(client, toId(url), one);
        await client.query(end);
        return sha256;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    };
    await assert.rejects(take('COMMIT'), isProblem('upload-incomplete'));
    await append(url, 49, content.subarray(49));
    assert.equal(await take('ROLLBACK'), toSha256(content));
    const both = await Promise.allSettled([take('COMMIT'), take('COMMIT')]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal(await codeOf(await append(url, 50, Buffer.alloc(0))), 'upload-used');
    await server.uploads.release([toId(url)]);
    assert.equal(listFiles().filter((name) => name.startsWith(toId(url))).length, 0);
    await assert.rejects(server.uploads.find(toId(url), one), isProblem('upload-used'));
  });

  it('may be empty, and may be given up', async () => {
    const empty = await server.uploads.find(toId(await create(0)), one);
    assert.deepEqual([empty.bytes, empty.sha256], [0, toSha256(Buffer.alloc(0))]);
    assert.equal((await buffer(empty.open())).length, 0);
    const url = await create(10);
    await append(url, 0, randomBytes(5));
    assert.equal((await call('DELETE', url)).status, 204);
    assert.equal((await call('HEAD', url)).status, 404);
    assert.equal(listFiles().filter((name) => name.startsWith(toId(url))).length, 0);
  });

  it('say when they expire, are gone after that, and leave nothing after the daily work', async () => {
    const url = await create(10);
    const answer = await append(url, 0, randomBytes(5));
    const days = (Date.parse(answer.headers.get('upload-expires') ?? '') - Date.now()) / 86_400_000;
    assert.equal(Math.round(days), 7);
    await owner.query("UPDATE upload SET expires_at = now() - interval '2 hours'");
    assert.equal(await codeOf(await append(url, 5, randomBytes(5))), 'upload-expired');
    const left = join(folder, 'uploads', `${toId(url)}-5-left-by-a-crash`);
    writeFileSync(left, '');
    utimesSync(left, 0, 0);
    await server.uploads.purge();
    assert.equal((await call('HEAD', url)).status, 404);
    assert.deepEqual(
      listFiles().filter((name) => name.startsWith(toId(url))),
      [],
    );
  });

  it('keep neither content nor file name in the clear', async () => {
    const url = await create(1_000);
    await append(url, 0, Buffer.alloc(1_000, 'plain'));
    const [file = ''] = listFiles().filter((name) => name.startsWith(toId(url)));
    assert.ok(!readFileSync(join(folder, 'uploads', file)).includes('plain'));
    const { rows } = await owner.query('SELECT upload::text AS text FROM upload');
    assert.ok(!rows[0].text.includes(Buffer.from('trình').toString('hex')));
  });
});
