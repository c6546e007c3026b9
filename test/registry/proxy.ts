// A line to the database that can go dead without being closed, as a broken network does.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP line on loopback that leads to a database. */
export interface Line {
  /** The database's address through this line. */
  readonly url: string;
  /** How many notifications were lost. */
  lost(): number;
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

/**
 * Passes on what a server says, message by message (type, length, content), except what was notified.
 * Source: PostgreSQL 15, 55.7 NotificationResponse.
 */
function createDeafEar(onNotice: () => void): (bytes: Buffer) => Buffer {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const heard: Buffer[] = [];
    while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
      const end = 1 + rest.readUInt32BE(1);
      if (rest[0] === 'A'.charCodeAt(0)) onNotice();
      else heard.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    return Buffer.concat(heard);
  };
}

/** Opens a line to the database of `databaseUrl`. @param isDeaf notifications are lost on it */
export async function openLine(databaseUrl: string, isDeaf = false): Promise<Line> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isHanging = false;
  let lost = 0;
  const server = createServer((near) => {
    const far = openTarget(target);
    const whole = (bytes: Buffer): Buffer => bytes;
    const hear = isDeaf
      ? createDeafEar(() => {
          lost += 1;
        })
      : whole;
    for (const [from, to, pass] of [
      [near, far, whole],
      [far, near, hear],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (!isHanging) to.write(pass(bytes));
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
    lost: () => lost,
    hang() {
      isHanging = true;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
