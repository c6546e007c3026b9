// Resumable uploads over broken lines and dying processes: what was answered is kept, and no byte is taken twice. Real
// PostgreSQL, real HTTP, tus's own client.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { Upload } from 'tus-js-client';
import { codeOf, createUploadGround, mebibyte, one, toId, toSha256 } from '../../support/upload-ground.ts';

describe('Resumable uploads', () => {
  const ground = createUploadGround();
  const { state, create, append, offsetOf, listFiles, beginAppend, startProcess } = ground;
  before(ground.start);
  afterEach(() => state().owner.query('DELETE FROM upload'));
  after(ground.close);

  it("take a file from tus's own client in parts, and give it back with its words and hash", async () => {
    const content = randomBytes(3 * mebibyte + 5);
    let url = '';
    await new Promise<void>((resolve, reject) => {
      const upload = new Upload(content, {
        endpoint: state().server.url,
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
    const { id, open, ...file } = await state().server.uploads.find(toId(url), one);
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
    const file = await state().server.uploads.find(toId(url), one);
    assert.equal(file.sha256, toSha256(content));
    assert.ok((await buffer(file.open())).equals(content));
  });

  it('live through kill -9: what was answered is there, and another process goes on', async function () {
    this.timeout(30_000);
    const content = randomBytes(mebibyte);
    const { url: place, child } = await startProcess();
    const url = (await create(content.length)).replace(state().server.url, place);
    assert.equal((await append(url, 0, content.subarray(0, 300_000))).status, 204);
    child.kill('SIGKILL');
    await once(child, 'close');
    const here = url.replace(place, state().server.url);
    assert.equal(await offsetOf(here), 300_000);
    assert.equal((await append(here, 300_000, content.subarray(300_000))).status, 204);
    const file = await state().server.uploads.find(toId(url), one);
    assert.equal(file.sha256, toSha256(content), 'the hash of parts that came to two processes');
  });

  it('let one of two processes append at a time, and tell the other that it is locked', async function () {
    this.timeout(30_000);
    const content = randomBytes(500_000);
    const { url: place } = await startProcess();
    const url = await create(content.length);
    const begun = await beginAppend(url, content.subarray(0, 100_000), content.length);
    const answer = await append(url.replace(state().server.url, place), 0, content);
    assert.deepEqual([answer.status, await codeOf(answer)], [423, 'upload-locked']);
    begun.end(content.subarray(100_000));
    const [first] = await once(begun, 'response');
    assert.equal(first.statusCode, 204);
    assert.equal((await state().server.uploads.find(toId(url), one)).sha256, toSha256(content));
  });

  it('take no byte twice when a lock was lost', async () => {
    const content = randomBytes(200_000);
    const url = await create(content.length);
    const begun = await beginAppend(url, content.subarray(0, 100_000), content.length);
    await state().owner.query('DELETE FROM work_lease');
    await state().owner.query('UPDATE upload SET received_bytes = 1 WHERE id = $1', [toId(url)]);
    begun.end(content.subarray(100_000));
    const [answer] = await once(begun, 'response');
    assert.equal(answer.statusCode, 409);
    assert.deepEqual(
      listFiles().filter((name) => name.startsWith(toId(url))),
      [],
    );
  });
});
