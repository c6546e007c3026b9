// Messages on their way out and in: streamed, checked, and never held whole.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { SourceError } from '../../../adapters/adapter.ts';
import { ContentCutter } from '../../../adapters/document-axis/base64.ts';
import { type DocumentAxis, MessageChangedError } from '../../../adapters/document-axis/index.ts';
import { openPuppet, type Puppet, readWhole, says, toCall, toMessage } from './support.ts';

const mebibyte = 1_048_576;
const block = Buffer.alloc(65_536, 'A');

describe('axis content', () => {
  let puppet: Puppet;
  let axis: DocumentAxis;
  const fetchWhole = async (from = axis) => readWhole((await from.fetch('d-1', toCall())).content);
  const failsWith = (code: string) => (error: unknown) => error instanceof SourceError && error.code === code;
  before(async () => {
    puppet = await openPuppet();
    axis = puppet.open();
  });
  after(() => puppet.close());

  it('adapter 3.2: a send is the bytes and a line end, of stated length', async () => {
    let received: Promise<Buffer> | undefined;
    let length: string | undefined;
    puppet.answer = (request, response) => {
      length = request.headers['content-length'];
      received = readWhole(request);
      void received.then(() => response.end('{"status":"OK","DocId":"d-1"}'));
    };
    await axis.send(toMessage(Buffer.from('<edXML/>')), toCall());
    assert.deepEqual([(await received)?.toString(), length], ['<edXML/>\r\n', '10']);
  });

  for (const [words, more] of [
    ['shorter', { bytes: 9 }],
    ['longer', { bytes: 7 }],
    ['others', { sha256: 'c296017bc11a6743c5b3f75dc3e8eed51c6d7574459fe1e4dfc2af458ccc8a0e' }],
  ] as const)
    it(`bytes that are ${words} than stated never arrive as a whole message`, async () => {
      let isWhole = false;
      puppet.answer = (request, response) => {
        request.on('end', () => {
          isWhole = request.complete;
        });
        request.on('error', () => undefined).resume();
        response.on('error', () => undefined);
      };
      const message = toMessage(Buffer.from('<edXML/>'), more);
      await assert.rejects(axis.send(message, toCall()), MessageChangedError);
      assert.equal(isWhole, false);
    });

  it('a message that cannot be read is no fault of the axis', async () => {
    puppet.answer = (request) => request.on('error', () => undefined).resume();
    const open = () =>
      new Readable({
        read() {
          this.destroy(new Error('the disk is gone'));
        },
      });
    await assert.rejects(axis.send(toMessage(block, { open }), toCall()), /the disk is gone/);
  });

  it('adapter 5.8: 200 MB go out and come in without being held', async () => {
    const blocks = 3_200;
    const hash = createHash('sha256');
    for (let at = 0; at < blocks; at += 1) hash.update(block);
    const sha256 = hash.digest('hex');
    const open = () =>
      Readable.from(
        (function* () {
          for (let at = 0; at < blocks; at += 1) yield block;
        })(),
        { objectMode: false },
      );
    const bytes = blocks * block.length;
    let most = 0;
    const note = () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed);
    };
    puppet.answer = (request, response) => {
      if (request.method === 'GET') open().pipe(response);
      else request.resume().on('end', () => response.end('{"status":"OK","DocId":"d-1"}'));
    };
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    await axis.send(toMessage(block, { open, bytes, sha256 }), toCall());
    const { content, trace } = await axis.fetch('d-1', toCall());
    for await (const _chunk of content) note();
    assert.deepEqual(trace().answer, { sha256, bytes });
    assert.ok(most - before < 100 * mebibyte, `${Math.round((most - before) / mebibyte)} MB held`);
  });

  it('adapter 3.2: getEdoc gives base64 inside JSON, decoded while it comes in', async () => {
    const bytes = Buffer.from('<edXML>Văn bản thử</edXML>'.repeat(20_000));
    puppet.answer = says({ status: 'OK', ErrorCode: '0', data: bytes.toString('base64'), ErrorDesc: '' });
    assert.ok((await fetchWhole(puppet.open({ fetchBy: 'getEdoc' }))).equals(bytes));
  });

  it('any bytes in any pieces, with escapes and line ends, are cut out of their envelope', () => {
    const pieces = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(pieces, ([bytes, size]) => {
        const base64 = Buffer.from(bytes)
          .toString('base64')
          .replace(/\//g, '\\/')
          .replace(/(.{7})/g, '$1\\r\\n');
        // Cut anew where the line ends fell into an escape.
        const sound = base64.replace(/\\\\r\\n\//g, '\\/');
        const json = `{ "x": {"data": "no"}, "status":"OK", "data" : "${sound}", "y":["data","no"] }`;
        const cutter = new ContentCutter(1_000);
        const read: Buffer[] = [];
        for (let at = 0; at < json.length; at += size)
          read.push(cutter.write(Buffer.from(json.slice(at, at + size))));
        read.push(cutter.end());
        assert.ok(Buffer.concat(read).equals(bytes));
        assert.deepEqual(JSON.parse(cutter.envelope), {
          x: { data: 'no' },
          status: 'OK',
          data: '',
          y: ['data', 'no'],
        });
      }),
    );
  });

  it('adapter 9.18: an answer without a message is a failure where it was asked for, not an empty file', async () => {
    for (const [body, code] of [
      ['{"status":"FAIL","ErrorCode":"20"}', '20'],
      ['{"status":"OK","ErrorCode":"0"}', 'no-content'],
      ['{"status":"OK","data":null', 'not-json'],
      ['', 'empty'],
    ] as const) {
      puppet.answer = says(body);
      await assert.rejects(axis.fetch('d-1', toCall()), failsWith(code));
    }
  });

  it('adapter 9.18: a message that breaks off or is no base64 fails while it is read', async () => {
    for (const [body, code] of [
      ['{"status":"OK","data":"AAAA', 'not-json'],
      ['{"status":"OK","data":"AAA"}', ''],
      ['{"status":"OK","data":"A"}', 'content-not-base64'],
      ['{"status":"OK","data":"AA#A"}', 'content-not-base64'],
      ['{"data":"AAAA","status":"FAIL","ErrorCode":"21"}', '21'],
    ] as const) {
      puppet.answer = says(body);
      if (code === '') assert.deepEqual(await fetchWhole(), Buffer.alloc(2));
      else await assert.rejects(fetchWhole(), failsWith(code));
    }
    puppet.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100000' }).write(block);
      setTimeout(() => response.destroy(), 20);
    };
    await assert.rejects(
      fetchWhole(),
      (error: unknown) => error instanceof SourceError && error.kind === 'timeout',
    );
  });

  it('adapter 9.12: each request has its own time and none of the parameters of another', async () => {
    const seen: IncomingHttpHeaders[] = [];
    let now = 0;
    const ticking = puppet.open({}, () => ++now);
    puppet.answer = (request, response) => {
      seen.push(request.headers);
      says({ status: 'OK', ErrorCode: '0', data: [] })(request, response);
    };
    await ticking.mark('d-1', 'fail', toCall(), 'sai');
    await ticking.list('document', { from: '2025-11-20' }, toCall());
    await ticking.list('status', {}, toCall());
    const names = (headers: IncomingHttpHeaders | undefined) =>
      headers?.['xroadvnpt-sign-header-key'] ?? assert.fail();
    assert.deepEqual(seen.map(names), [
      'systemid;timestamp;docid;status;description',
      'systemid;timestamp;servicetype;messagetype;fromDate',
      'systemid;timestamp;servicetype;messagetype',
    ]);
    assert.equal(new Set(seen.map((headers) => headers['xroadvnpt-timestamp'])).size, 3);
    assert.equal(seen[2]?.['xroadvnpt-fromdate'], undefined);
  });

  it('more addressees than fit into headers are refused before anything is sent', async () => {
    const message = toMessage(block, { to: Array.from({ length: 101 }, (_, at) => `G99.${at}`) });
    assert.equal(axis.mostAddressees, 100);
    await assert.rejects(axis.send(message, toCall()), failsWith('too-many-addressees'));
  });

  it('a call that is aborted while its message is on its way fails, out and in', async () => {
    const aborting = new AbortController();
    const call = { requestCode: 'x', signal: aborting.signal };
    puppet.answer = (_request, response) => void response.write(block);
    const { content } = await axis.fetch('d-1', call);
    setTimeout(() => aborting.abort(), 20);
    await assert.rejects(readWhole(content), failsWith('call-aborted'));
    const stuck = new AbortController();
    puppet.answer = (request) => {
      request.on('error', () => undefined);
      stuck.abort();
    };
    const sent = axis.send(toMessage(block), { requestCode: 'x', signal: stuck.signal });
    await assert.rejects(sent, failsWith('call-aborted'));
  });

  it('a message that is not wanted any more ends its call', async () => {
    let closed: Promise<void> | undefined;
    puppet.answer = (_request, response) => {
      closed = new Promise((resolve) => response.on('close', resolve));
      Readable.from(
        (function* () {
          for (;;) yield block;
        })(),
        { objectMode: false },
      ).pipe(response);
    };
    const { content } = await axis.fetch('d-1', toCall());
    content.destroy();
    await closed;
  });
});
