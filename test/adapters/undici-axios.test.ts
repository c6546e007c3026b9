// The wire that adapters share: bounded, never redirected, never decompressed, honest about what was sent.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { openWire, toWireCode, type Wire, wasSent } from '../../adapters/undici-axios.ts';

describe('wire', () => {
  let answer: (message: IncomingMessage, response: ServerResponse) => void;
  let asked = 0;
  const server = createServer((message, response) => {
    asked += 1;
    answer(message, response);
  });
  let origin = '';
  let wire: Wire;
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = 0;
    wire = openWire({ url: origin, connectMs: 500, callMs: 300, answerBytes: 1_000, connections: 1 });
  });
  afterEach(() => wire.close());
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const failure = (path = '/', signal?: AbortSignal) =>
    wire.http.post(`${origin}${path}`, 'x', signal ? { signal } : {}).then(
      () => assert.fail('the call did not fail'),
      (error: unknown) => ({ code: toWireCode(error), sent: wasSent(error) }),
    );

  it('gives every status with its body as bytes, and sends the path as it is', async () => {
    answer = (message, response) => response.writeHead(418).end(`${message.method} ${message.url}`);
    const { status, data } = await wire.http.post<Buffer>(`${origin}/a/?b=%20c`, 'x');
    assert.deepEqual([status, data.toString()], [418, 'POST /a/?b=%20c']);
  });

  it('follows no redirect', async () => {
    answer = (_message, response) => response.writeHead(302, { location: `${origin}/other` }).end();
    assert.equal((await wire.http.post(origin, 'x')).status, 302);
    assert.equal(asked, 1);
  });

  it('asks for no compression and leaves compressed bytes as they are', async () => {
    const bytes = gzipSync(Buffer.alloc(100_000));
    answer = (message, response) => {
      assert.equal(message.headers['accept-encoding'], 'identity');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes);
    };
    assert.deepEqual((await wire.http.post<Buffer>(origin, 'x')).data, bytes);
  });

  it('stops reading an answer beyond its limit, announced or not', async () => {
    answer = (_message, response) => response.writeHead(200, { 'content-length': 1_001 }).write('x');
    assert.deepEqual(await failure(), { code: 'ANSWER_TOO_LARGE', sent: true });
    answer = (_message, response) => {
      response.write('x'.repeat(600));
      response.end('x'.repeat(600));
    };
    assert.deepEqual(await failure(), { code: 'ANSWER_TOO_LARGE', sent: true });
  });

  it('gives up after its time, also while the answer trickles in', async () => {
    answer = (_message, response) => {
      const timer = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(timer));
    };
    assert.deepEqual(await failure(), { code: 'CALL_TIMEOUT', sent: true });
  });

  it('never sends what waited for a connection until its signal fired', async () => {
    answer = (_message, response) => setTimeout(() => response.end(), 150);
    const first = wire.http.post(origin, 'x');
    assert.deepEqual(await failure('/late', AbortSignal.timeout(50)), { code: 'ERR_CANCELED', sent: false });
    await first;
    await wire.http.post(origin, 'x');
    assert.equal(asked, 2);
  });

  it('says that what a broken connection carried was sent', async () => {
    answer = (message) => message.socket.destroy();
    assert.equal((await failure()).sent, true);
  });

  it('says that nothing was sent where nobody listens', async () => {
    const away = openWire({
      url: 'http://127.0.0.1:1',
      connectMs: 500,
      callMs: 500,
      answerBytes: 1,
      connections: 1,
    });
    await assert.rejects(away.http.post('http://127.0.0.1:1/', 'x'), (error) => {
      assert.deepEqual([toWireCode(error), wasSent(error)], ['ECONNREFUSED', false]);
      return true;
    });
    await away.close();
  });

  it('refuses an address outside its origin and a body that is too large', async () => {
    await assert.rejects(wire.http.post('http://127.0.0.2:1/', 'x'), TypeError);
    await assert.rejects(wire.http.post(origin, Buffer.alloc(1_048_577)), RangeError);
    assert.equal(asked, 0);
  });
});
