// One TCP address before whichever database server is the primary, as a virtual address or a proxy is in production.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A running forwarder. */
export interface Forwarder {
  readonly port: number;
  /** New connections go to this socket of a server; those that are open are cut. */
  use(socketPath: string): void;
  close(): Promise<void>;
}

/** Starts a forwarder with nothing behind it: it refuses until it is told where to go. */
export async function startForwarder(): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  let target = '';
  const server = createServer((socket) => {
    const other = connect(target);
    for (const [one, opposite] of [
      [socket, other],
      [other, socket],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.once('close', () => {
        sockets.delete(one);
        opposite.destroy();
      });
      one.pipe(opposite);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an address with a port.
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    use(socketPath) {
      target = socketPath;
      cut();
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
