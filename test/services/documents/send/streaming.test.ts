// Large and broken bodies against a hub in a process of its own: memory stays flat, and what is refused or breaks off leaves
// nothing.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { crc32, deflateRawSync } from 'node:zlib';
import pg from 'pg';
import { type HubProcess, startHubProcess } from '../../../support/hub-process.ts';
import { createClient, freePort, type Ground, layGround } from '../../../support/sandbox-hub.ts';
import {
  countHeld,
  createDocumentClient,
  first,
  type Part,
  type TestFile,
  toBlobFolder,
  toDocument,
  toMultipart,
  toPdf,
  toSha256,
} from '../support.ts';

const mebibyte = 2 ** 20;

/** Highest and present resident memory of a process, MiB. Linux only. */
function readMemory(pid: number): { readonly highest: number; readonly now: number } {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  const read = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1]) / 1024;
  return { highest: read('VmHWM'), now: read('VmRSS') };
}

/** A ZIP of one entry. */
function toZip(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(8, 8);
  head.writeUInt32LE(crc32(content), 14);
  head.writeUInt32LE(packed.length, 18);
  head.writeUInt32LE(content.length, 22);
  head.writeUInt16LE(name.length, 26);
  const directory = Buffer.from('PK\x01\x02');
  return Buffer.concat([head, Buffer.from(name), packed, directory]);
}

const bomb = Buffer.alloc(40 * mebibyte);
const toFile = (name: string, contentType: string, content: string | Buffer): TestFile => ({
  ...{ name, contentType },
  content: Buffer.from(content),
});

/** Attachments that are refused. */
const unfit: Readonly<Record<string, TestFile>> = {
  'no PDF': toFile('a.pdf', 'application/pdf', 'chữ'),
  'a program of Windows': toFile(
    'a.bin',
    'application/octet-stream',
    Buffer.from('MZ\x90\0\x03\0\0\0', 'latin1'),
  ),
  'a program of Linux': toFile('a.txt', 'text/plain', Buffer.from('\x7fELF\x02\x01\x01\0', 'latin1')),
  'a bomb in a docx': toFile(
    'a.docx',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    toZip('word/document.xml', bomb),
  ),
  'a bomb in a zip': toFile('a.zip', 'application/zip', toZip('a', bomb)),
  nothing: toFile('a.txt', 'text/plain', ''),
};

describe('Large and broken documents', () => {
  let ground: Ground;
  let hub: HubProcess;
  let owner: pg.Pool;
  let client: ReturnType<typeof createDocumentClient>;
  let url = '';
  before(async () => {
    ground = await layGround('documents-streaming');
    hub = await startHubProcess(ground.environment(await freePort()));
    url = `http://127.0.0.1:${hub.port}`;
    owner = new pg.Pool({ connectionString: ground.database.ownerUrl, max: 1 });
    client = createDocumentClient(url, createClient(url, ground.province));
    for (let n = 0; n < 20; n += 1) {
      const file = toFile('a.bin', 'application/octet-stream', randomBytes(mebibyte));
      assert.equal((await client.send(toDocument({}, [file]), [file])).status, 202);
    }
  });
  after(async () => {
    await hub?.stop();
    await owner?.end();
    await ground?.close();
  });

  const held = () => countHeld(owner, toBlobFolder(ground));
  /** That nothing is left of a call, whose end may come a moment after its answer. */
  async function isUntouched(before: Awaited<ReturnType<typeof held>>): Promise<void> {
    const end = performance.now() + 5_000;
    while (JSON.stringify(await held()) !== JSON.stringify(before) && performance.now() < end)
      await pause(20);
    assert.deepEqual(await held(), before);
  }
  const post = (body: Buffer | ReadableStream, more: Readonly<Record<string, string>> = {}) =>
    client.call({
      ...{ method: 'POST', path: '/documents/v1/documents', body },
      headers: {
        'idempotency-key': randomUUID(),
        'content-type': 'multipart/form-data; boundary=b',
        ...more,
      },
    });
  async function* toLarge(file: TestFile, mebibytes: number): AsyncGenerator<Buffer> {
    const document = JSON.stringify(toDocument({}, [file]));
    yield Buffer.from(`--b\r\ncontent-disposition: form-data; name="document"\r\n\r\n${document}\r\n`);
    yield Buffer.from('--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n');
    const piece = randomBytes(mebibyte);
    for (let n = 0; n < mebibytes; n += 1) yield piece;
    yield Buffer.from('\r\n--b--\r\n');
  }
  const binary = toFile('a.bin', 'application/octet-stream', '');

  it('of 50 MB, without a length, are taken and given with flat memory', async () => {
    const { now } = readMemory(hub.pid);
    const sent = await post(ReadableStream.from(toLarge(binary, 50)));
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    const got = await client.get(`${sent.body.messageId}/attachments/1`, first);
    const { body } = await client.get(sent.body.messageId, first);
    assert.deepEqual([got.bytes.length, toSha256(got.bytes)], [50 * mebibyte, body.attachments[0].sha256]);
    const growth = readMemory(hub.pid).highest - now;
    assert.ok(growth < 80, `memory grew by ${growth} MiB`);
    if (process.env['SAY']) console.log('growth', growth);
  });

  it('over the limit are refused, whether they say their length or not', async () => {
    const before = await held();
    const streamed = await post(ReadableStream.from(toLarge(binary, 51)));
    assert.deepEqual([streamed.status, streamed.body.code], [422, 'attachment-refused']);
    const announced = await post(Buffer.alloc(55 * mebibyte));
    assert.deepEqual([announced.status, announced.body.code], [413, 'body-too-large']);
    await isUntouched(before);
  });

  for (const [title, file] of Object.entries(unfit))
    it(`with ${title} are refused`, async () => {
      const before = await held();
      const { status, body } = await client.send(toDocument({}, [toPdf('tốt'), file]), [toPdf('tốt'), file]);
      assert.deepEqual(
        [status, body.code, body.errors[0].where],
        [422, 'attachment-refused', '/body/attachments/1'],
      );
      await isUntouched(before);
    });

  const [document, pdf] = [
    (files: number) =>
      JSON.stringify(
        toDocument(
          {},
          Array.from({ length: files }, () => toPdf('x')),
        ),
      ),
    toPdf('x').content,
  ];
  const asFile: Part = { name: 'file', content: pdf, fileName: 'a' };
  const broken: Readonly<Record<string, readonly [Buffer, status: number, code: string, type?: string]>> = {
    'a part too few': [
      toMultipart([{ name: 'document', content: document(2) }, asFile], 'b'),
      422,
      'attachment-refused',
    ],
    'a part too many': [
      toMultipart([{ name: 'document', content: document(1) }, asFile, asFile], 'b'),
      400,
      'request-invalid',
    ],
    'the document last': [
      toMultipart([asFile, { name: 'document', content: document(1) }], 'b'),
      400,
      'request-invalid',
    ],
    'a part of another name': [
      toMultipart(
        [
          { name: 'document', content: document(1) },
          { name: 'more', content: 'x' },
        ],
        'b',
      ),
      400,
      'request-invalid',
    ],
    'a document that is no JSON': [
      toMultipart([{ name: 'document', content: '{' }], 'b'),
      400,
      'body-unreadable',
    ],
    'a document with a member twice': [
      toMultipart([{ name: 'document', content: '{"a":1,"a":2}' }], 'b'),
      400,
      'body-unreadable',
    ],
    'a document that does not fit': [
      toMultipart([{ name: 'document', content: '{"a":1}' }], 'b'),
      400,
      'request-invalid',
    ],
    'a document that is too large': [
      toMultipart([{ name: 'document', content: ' '.repeat(300_000) }], 'b'),
      413,
      'body-too-large',
    ],
    'no end': [
      toMultipart([{ name: 'document', content: document(1) }, asFile], 'b').subarray(0, -20),
      400,
      'body-unreadable',
    ],
    'no parts': [Buffer.from('xin chào'), 400, 'body-unreadable'],
    'no body': [Buffer.alloc(0), 400, 'body-unreadable'],
    'no boundary': [toMultipart([asFile], 'b'), 400, 'body-unreadable', 'multipart/form-data'],
    'another media type': [Buffer.from('{}'), 415, 'media-type-not-supported', 'application/json'],
    'a packed body': [Buffer.from('{}'), 415, 'media-type-not-supported', 'multipart/form-data; boundary=c'],
  };
  for (const [title, [body, status, code, type]] of Object.entries(broken))
    it(`with ${title} are refused`, async () => {
      const before = await held();
      const coding = title === 'a packed body' ? { 'content-encoding': 'gzip' } : {};
      const refused = await post(body, { ...(type && { 'content-type': type }), ...coding });
      assert.deepEqual([refused.status, refused.body.code], [status, code], JSON.stringify(refused.body));
      await isUntouched(before);
    });

  it('that break off in the midst of a file leave nothing', async () => {
    const before = await held();
    const authorized = await client.authorize('POST', '/documents/v1/documents', 'cq-03');
    const socket = connect(hub.port, '127.0.0.1');
    const headers = {
      ...authorized,
      host: 'a',
      'idempotency-key': randomUUID(),
      'content-length': '9000000',
      'content-type': 'multipart/form-data; boundary=b',
    };
    socket.write(
      `POST /documents/v1/documents HTTP/1.1\r\n${Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
    );
    for await (const chunk of toLarge(binary, 3)) if (!chunk.includes('--b--')) socket.write(chunk);
    const isOpen = async () => (await owner.query('SELECT FROM open_exchange')).rowCount === 1;
    while (!(await isOpen())) await pause(10);
    while (JSON.stringify(await held()) === JSON.stringify(before)) await pause(10);
    socket.destroy();
    while (await isOpen()) await pause(10);
    await isUntouched(before);
  });
});
