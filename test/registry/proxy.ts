// A line to the database that can go dead without being closed, as a broken network does.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP line on loopback that leads to a database. */
export interface Line {
  /** The database's address through this line. */
  readonly url: string;
  /** From now on nothing passes in either direction, and nothing is closed. */
  hang(): void;
  close(): void;
}

function openTarget(url: URL): Socket {
  const folder = url.searchParams.get('host');
  const port = Number(url.port || 5432);
  return folder?.startsWith('/')
    ? connect(`${folder}/.s.PGSQL.${port}`)
    : connect(port, folder ?? url.hostname);
}

/** Opens a line to the database of `databaseUrl`. */
export async function openLine(databaseUrl: string): Promise<Line> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isHanging = false;
  const server = createServer((near) => {
    const far = openTarget(target);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (!isHanging) to.write(bytes);
      });
      from.on('error', () => {});
      from.on('close', () => {
        if (!isHanging) to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.searchParams.delete('host');
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    hang() {
      isHanging = true;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
