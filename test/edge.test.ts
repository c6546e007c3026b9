// Bodies at the edge: those that stand still, break off or never end hold nothing for ever; a slow reader is no fault of the
// sender.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { limitSending, send, toCall } from '../src/edge.ts';
import { Problem } from '../src/problem.ts';
import { converse } from './support/raw-http.ts';

const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n';
const toPeer = () => ({ address: '127.0.0.1', certificate: () => undefined });

describe('The body of a call', () => {
  let server: Server;
  let url = '';
  let answer: (request: IncomingMessage, response: ServerResponse) => unknown = () => undefined;
  before(async () => {
    server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  });
  after(() => server.close());

  /** What comes of reading a body whose beginning was sent. */
  async function read(
    stillMs: number,
    limitBytes: number,
    more: (chunk: Buffer) => unknown = () => undefined,
  ) {
    const outcome = new Promise<unknown>((resolve) => {
      answer = async (request) => {
        try {
          let bytes = 0;
          for await (const chunk of toCall(request, toPeer, stillMs).content(limitBytes)) {
            bytes += chunk.length;
            await more(chunk);
          }
          resolve(bytes);
        } catch (error) {
          resolve(error instanceof Problem ? error.code : error);
        }
      };
    });
    const { socket } = converse(url, `${head}${'x'.repeat(1000)}`);
    return { socket, outcome };
  }

  it('that stands still is given up', async () => {
    const { socket, outcome } = await read(100, 1e6);
    assert.equal(await outcome, 'body-unreadable');
    socket.destroy();
  });

  it('that breaks off is given up at once', async () => {
    const { socket, outcome } = await read(60_000, 1e6);
    await pause(50);
    socket.destroy();
    assert.equal(await outcome, 'body-unreadable');
  });

  it('that is longer than it may be is given up', async () => {
    const { socket, outcome } = await read(60_000, 999);
    assert.equal(await outcome, 'body-too-large');
    socket.destroy();
  });

  it('is not given up for the slowness of who reads it', async () => {
    const { socket, outcome } = await read(40, 1e6, () => pause(80));
    for (let n = 0; n < 9; n += 1) socket.write('x'.repeat(111_000));
    assert.equal(await outcome, 1e6);
    socket.destroy();
  });

  it('that is not wanted gets its answer, and then the connection is closed', async () => {
    answer = (request, response) =>
      send(request, response, { status: 413, headers: {}, body: Buffer.from('quá lớn') });
    const { socket, end } = converse(url, `${head}${'x'.repeat(200_000)}`);
    socket.write('x'.repeat(300_000));
    assert.match(await end(5_000), /413[\s\S]*connection: close[\s\S]*quá lớn/i);
  });

  it('that never ends is cut off where nobody asked for it', async () => {
    answer = (request) => limitSending(request, 100);
    const { end } = converse(url, head);
    const said = await end(5_000);
    assert.equal(said, '');
  });
});
