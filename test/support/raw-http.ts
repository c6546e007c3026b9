// Bytes over a socket, for requests that no client would send.
import { connect, type Socket } from 'node:net';

/** A conversation over one connection. */
export interface RawConversation {
  readonly socket: Socket;
  /** Everything that came back until the other side closed the connection, or `waitMs` went by. */
  end(waitMs?: number): Promise<string>;
}

/** Opens a connection to `url` and writes `text`. */
export function converse(url: string, text: string): RawConversation {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let said = '';
  let isClosed = false;
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isClosed = true;
      resolve();
    });
  });
  socket.on('data', (bytes) => {
    said += bytes.toString();
  });
  socket.on('error', () => undefined);
  socket.write(text);
  return {
    socket,
    async end(waitMs = 2_000) {
      const timer = setTimeout(() => socket.destroy(), waitMs);
      if (!isClosed) await closed;
      clearTimeout(timer);
      return said;
    },
  };
}

/** The status codes of the answers in what was said, in their order. */
export const toStatuses = (said: string): readonly number[] =>
  [...said.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((found) => Number(found[1]));
