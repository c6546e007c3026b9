// The rules of uploads: only the unit sees its own, within bounds, by the protocol, each used once and for a time.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import {
  codeOf,
  createUploadGround,
  fileWords,
  type Headers,
  isProblem,
  mebibyte,
  one,
  toId,
  toSha256,
} from '../../support/upload-ground.ts';

describe('Uploads', () => {
  const ground = createUploadGround();
  const { folder, state, call, create, append, offsetOf, listFiles, beginAppend } = ground;
  before(ground.start);
  afterEach(() => state().owner.query('DELETE FROM upload'));
  after(ground.close);

  it('are not there for another unit, whatever it does', async () => {
    const url = await create(10);
    for (const method of ['HEAD', 'DELETE'])
      assert.equal((await call(method, url, { 'x-unit': 'unit-2' })).status, 404);
    const answer = await append(url, 0, randomBytes(10), { 'x-unit': 'unit-2' });
    assert.deepEqual([answer.status, await codeOf(answer)], [404, 'upload-unknown']);
    await append(url, 0, randomBytes(10));
    await assert.rejects(
      state().server.uploads.find(toId(url), { unit: 'unit-2', system: 'system-1' }),
      isProblem('upload-unknown'),
    );
    for (const id of ['none', '0199a7c0-0000-7000-8000-000000000000'])
      assert.equal((await call('HEAD', `${state().server.url}/${id}`)).status, 404);
  });

  it('are refused when they are too large, too many, or together too much for the unit', async () => {
    const begin = (bytes: number, headers: Headers = {}) =>
      call('POST', state().server.url, {
        'upload-length': String(bytes),
        'upload-metadata': fileWords,
        ...headers,
      });
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
      { 'upload-length': '1e3', 'upload-metadata': fileWords },
      400,
      'upload-request-invalid',
    ],
    [
      'metadata of other keys',
      { 'upload-length': '1', 'upload-metadata': `${fileWords},x eA==` },
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
      const answer = await call('POST', state().server.url, headers);
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

  it('check the bytes of a request against its checksum, and drop what does not fit or broke off', async () => {
    const content = randomBytes(200_000);
    const url = await create(content.length);
    const said = { 'upload-checksum': `sha256 ${createHash('sha256').update(content).digest('base64')}` };
    const wrong = await append(url, 0, randomBytes(content.length), said);
    assert.deepEqual([wrong.status, await codeOf(wrong)], [460, 'upload-checksum-mismatch']);
    const other = await append(url, 0, content, { 'upload-checksum': 'md5 AAAA' });
    assert.equal(await codeOf(other), 'upload-request-invalid');
    (await beginAppend(url, content.subarray(0, 100_000), content.length, said)).destroy();
    await pause(200);
    assert.equal(await offsetOf(url), 0);
    assert.equal((await append(url, 0, content, said)).status, 204);
    assert.equal((await state().server.uploads.find(toId(url), one)).sha256, toSha256(content));
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
      const client = await state().owner.connect();
      try {
        await client.query('BEGIN');
        const { sha256 } = await state().server.uploads.take(client, toId(url), one);
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
    await state().server.uploads.release([toId(url)]);
    assert.equal(listFiles().filter((name) => name.startsWith(toId(url))).length, 0);
    await assert.rejects(state().server.uploads.find(toId(url), one), isProblem('upload-used'));
  });

  it('may be empty, and may be given up', async () => {
    const empty = await state().server.uploads.find(toId(await create(0)), one);
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
    await state().owner.query("UPDATE upload SET expires_at = now() - interval '2 hours'");
    assert.equal(await codeOf(await append(url, 5, randomBytes(5))), 'upload-expired');
    const left = join(folder, 'uploads', `${toId(url)}-5-left-by-a-crash`);
    writeFileSync(left, '');
    utimesSync(left, 0, 0);
    await state().server.uploads.purge();
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
    const { rows } = await state().owner.query('SELECT upload::text AS text FROM upload');
    assert.ok(!rows[0].text.includes(Buffer.from('trình').toString('hex')));
  });
});
