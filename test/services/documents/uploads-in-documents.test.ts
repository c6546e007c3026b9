// Files uploaded in parts through the hub, and used in documents: once, by their own unit, whatever their size.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import pg from 'pg';
import { Upload } from 'tus-js-client';
import { type HubProcess, startHubProcess } from '../../support/hub-process.ts';
import { createClient, freePort, type Ground, layGround } from '../../support/sandbox-hub.ts';
import { fileWords, mebibyte, toId } from '../../support/upload-ground.ts';
import {
  countHeld,
  createDocumentClient,
  first,
  sender,
  toBlobFolder,
  toDocument,
  toSha256,
} from './support.ts';

const largeBytes = 60 * mebibyte;
const collection = '/documents/v1/uploads';

describe('An uploaded file', () => {
  let ground: Ground;
  let hub: HubProcess;
  let owner: pg.Pool;
  let client: ReturnType<typeof createDocumentClient>;
  let url = '';
  before(async () => {
    ground = await layGround('documents-uploads');
    hub = await startHubProcess(ground.environment(await freePort()));
    url = `http://127.0.0.1:${hub.port}`;
    owner = new pg.Pool({ connectionString: ground.database.ownerUrl, max: 1 });
    client = createDocumentClient(url, createClient(url, ground.province));
  });
  after(async () => {
    await hub?.stop();
    await owner?.end();
    await ground?.close();
  });

  /** Uploads by the protocol's own client. @returns the id */
  function upload(content: Buffer | Readable, bytes: number, unit: string = sender): Promise<string> {
    return new Promise((resolve, reject) => {
      const sending = new Upload(content, {
        ...{ endpoint: `${url}${collection}`, chunkSize: 8 * mebibyte, uploadSize: bytes },
        metadata: { filename: 'Hồ sơ.bin', filetype: 'application/octet-stream' },
        onBeforeRequest: async (request) => {
          const path = new URL(request.getURL()).pathname;
          for (const [name, value] of Object.entries(await client.authorize(request.getMethod(), path, unit)))
            request.setHeader(name, value);
        },
        onError: reject,
        onSuccess: () => resolve(toId(sending.url ?? '')),
      });
      sending.start();
    });
  }
  const toUsing = (uploadId: string) =>
    toDocument({ attachments: [{ name: 'Hồ sơ.bin', contentType: 'application/octet-stream', uploadId }] });
  const tus = (method: string, path: string, headers = {}, unit: string = sender) =>
    client.call({ method, path, unit, headers: { 'tus-resumable': '1.0.0', ...headers } });

  it('of many parts is taken, sent and given with flat memory', async () => {
    const readMemory = (name: string): number =>
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${hub.pid}/status`, 'latin1'))?.[1]) /
      1024;
    // What a process needs at first is not what is measured.
    await client.send(toUsing(await upload(randomBytes(20 * mebibyte), 20 * mebibyte)));
    const now = readMemory('VmRSS');
    const [piece, hash] = [randomBytes(mebibyte), createHash('sha256')];
    function* pieces(): Generator<Buffer> {
      for (let n = 0; n < largeBytes / mebibyte; n += 1) {
        hash.update(piece);
        yield piece;
      }
    }
    const id = await upload(Readable.from(pieces(), { objectMode: false }), largeBytes);
    const sent = await client.send(toUsing(id));
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    const { body } = await client.get(sent.body.messageId, first);
    const [attachment] = body.attachments;
    assert.deepEqual([attachment.bytes, attachment.sha256], [largeBytes, hash.digest('hex')]);
    const growth = readMemory('VmHWM') - now;
    assert.ok(growth < 80, `memory grew by ${growth} MiB`);
    if (process.env['SAY']) console.log('growth', growth);
  });

  it('is used once, and its bytes go when they are in the document', async () => {
    const content = randomBytes(100_000);
    const id = await upload(content, content.length);
    const sent = await client.send(toUsing(id));
    const { bytes } = await client.get(`${sent.body.messageId}/attachments/1`, first);
    assert.equal(toSha256(bytes), toSha256(content));
    const { status, body } = await client.send(toUsing(id));
    assert.deepEqual([status, body.code], [409, 'upload-used']);
    assert.equal((await owner.query('SELECT FROM upload_part')).rowCount, 0);
  });

  it('is used once by two documents at once', async () => {
    const id = await upload(randomBytes(10), 10);
    const answers = await Promise.all([1, 2, 3].map(() => client.send(toUsing(id))));
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [202, 409, 409]);
  });

  it('that is refused in a document can be used in another', async () => {
    const id = await upload(randomBytes(10), 10);
    const before = await countHeld(owner, toBlobFolder(ground));
    const refused = await client.send({ ...toUsing(id), subject: '(TỐI MẬT)' });
    assert.equal(refused.body.code, 'state-secret');
    assert.deepEqual(await countHeld(owner, toBlobFolder(ground)), before);
    assert.equal((await client.send(toUsing(id))).status, 202);
  });

  it("is nobody else's", async () => {
    const id = await upload(randomBytes(10), 10);
    const send = await client.send(toUsing(id), [], { unit: first });
    assert.deepEqual([send.status, send.body.code], [404, 'upload-unknown']);
    for (const method of ['HEAD', 'DELETE'])
      assert.equal((await tus(method, `${collection}/${id}`, {}, first)).status, 404);
    assert.equal((await tus('HEAD', `${collection}/${id}`)).headers.get('upload-offset'), '10');
  });

  it('that is not whole cannot be used, and can be dropped', async () => {
    const made = await tus('POST', collection, { 'upload-length': '10', 'upload-metadata': fileWords });
    assert.equal(made.status, 201);
    const id = toId(made.headers.get('location') ?? '');
    assert.equal((await client.send(toUsing(id))).body.code, 'upload-incomplete');
    const wrong = await client.call({
      ...{ method: 'PATCH', path: `${collection}/${id}`, body: Buffer.from('12345') },
      headers: {
        ...{ 'tus-resumable': '1.0.0', 'upload-offset': '3' },
        'content-type': 'application/offset+octet-stream',
      },
    });
    assert.deepEqual([wrong.status, wrong.body.code], [409, 'upload-offset-conflict']);
    assert.equal((await tus('DELETE', `${collection}/${id}`)).status, 204);
    assert.equal((await client.send(toUsing(id))).body.code, 'upload-unknown');
  });

  it('is asked for as the contract says', async () => {
    for (const [headers, where] of [
      [{ 'upload-length': '0', 'upload-metadata': fileWords }, '/headers/upload-length'],
      [{ 'upload-length': '10' }, '/headers/upload-metadata'],
      [{ 'upload-length': '2000000000', 'upload-metadata': fileWords }, '/headers/upload-length'],
    ] as const) {
      const { status, body } = await tus('POST', collection, headers);
      assert.deepEqual([status, body.code, body.errors[0].where], [400, 'request-invalid', where]);
    }
  });
});
