// Where the hub's HTTP server begins and ends.
import type { Server } from 'node:http';
import type { Config } from './config.ts';
import { StartError } from './database/start-error.ts';

const drainMs = 20_000;
const sweepMs = 50;

/** @throws StartError when the address cannot be listened on */
export function listen(server: Server, { host, port }: Pick<Config, 'host' | 'port'>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(new StartError(`port ${port} on ${host} is in use; stop the other program or set PORT`));
      else if (error.code === 'EACCES')
        reject(new StartError(`this account may not listen on port ${port}; set PORT to 1024 or more`));
      else if (error.code === 'EADDRNOTAVAIL')
        reject(new StartError(`this machine has no address ${host}; set LISTEN_HOST to one of its own`));
      else reject(error);
    });
    server.listen(port, host, () => resolve());
  });
}

/** Takes no new connections and waits for the calls under way; what lasts longer than 20 s is cut. */
export function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), drainMs);
    // A connection whose call ends while we wait would stay open until its keep-alive time is over.
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
