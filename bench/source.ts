// The source behind every row, as cheap as it can be made: it reads a request's head and length and answers with bytes
// made beforehand, an item of the request's size. It speaks just enough HTTP/1.1 for the gateways of the bench.
import { createServer, type Socket } from 'node:net';
import { makeItem } from './item.ts';

const headEnd = Buffer.from('\r\n\r\n');
const answers = new Map<number, Buffer>();

function toAnswer(kib: number): Buffer {
  let answer = answers.get(kib);
  if (!answer) {
    const body = makeItem('from-source', kib);
    const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\nconnection: keep-alive\r\n\r\n`;
    answer = Buffer.concat([Buffer.from(head), body]);
    answers.set(kib, answer);
  }
  return answer;
}

/** Takes whole requests from the front of what came. @returns what is left */
function answerAll(socket: Socket, received: Buffer): Buffer {
  for (let left = received; ; ) {
    const end = left.indexOf(headEnd);
    if (end < 0) return left;
    const head = left.toString('latin1', 0, end);
    const bytes = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (/\r\ntransfer-encoding:/i.test(head)) {
      socket.destroy();
      return left;
    }
    if (left.length < end + headEnd.length + bytes) return left;
    socket.write(toAnswer(Math.max(1, Math.round(bytes / 1024))));
    left = left.subarray(end + headEnd.length + bytes);
  }
}

const server = createServer({ noDelay: true }, (socket) => {
  let left: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    left = answerAll(socket, left.length === 0 ? chunk : Buffer.concat([left, chunk]));
  });
  socket.on('error', () => socket.destroy());
});
server.listen(Number(process.env['PORT']), '127.0.0.1', () => process.stdout.write('ready\n'));
