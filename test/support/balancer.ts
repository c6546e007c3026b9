// A load balancer on loopback: several hub processes behind one address, as in production.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A running load balancer. */
export interface Balancer {
  /** The one address of all that stand behind it. */
  readonly url: string;
  /** Gives new connections to these ports in turn; one that refuses is left out. With none, connections wait. */
  use(ports: readonly number[]): void;
  close(): Promise<void>;
}

/** Starts a load balancer with nothing behind it. */
export async function startBalancer(): Promise<Balancer> {
  const sockets = new Set<Socket>();
  let targets: readonly number[] = [];
  let waiting: Socket[] = [];
  let turn = 0;

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket));
  }

  function give(socket: Socket): void {
    if (socket.destroyed) return;
    turn += 1;
    const port = targets[turn % targets.length];
    if (port === undefined) {
      waiting.push(socket);
      return;
    }
    const target = connect(port, '127.0.0.1');
    const onRefused = (): void => {
      targets = targets.filter((other) => other !== port);
      give(socket);
    };
    target.once('error', onRefused);
    target.once('connect', () => {
      target.off('error', onRefused);
      join(socket, target);
    });
  }

  function join(socket: Socket, target: Socket): void {
    keep(target);
    for (const [one, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      one.on('error', () => undefined);
      one.once('close', () => other.destroy());
      one.pipe(other);
    }
  }

  const server = createServer((socket) => {
    keep(socket);
    socket.on('error', () => undefined);
    give(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    use(ports) {
      targets = ports;
      if (ports.length === 0) return;
      const held = waiting;
      waiting = [];
      for (const socket of held) give(socket);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
