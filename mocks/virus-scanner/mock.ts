// The test scanner: clamd's protocol and the control addresses on one port, told apart by the first bytes. Imports nothing
// of the hub.
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { parseSettings, type Settings } from './config.ts';
import { serveControl } from './control.ts';
import { createFaults } from './faults.ts';
import { openJournal } from './journal.ts';
import { type Parts, serveCommand } from './protocol.ts';

/** A running test scanner. */
export interface ScannerMock {
  readonly port: number;
  /** `tcp://host:port` of clamd's protocol. */
  readonly url: string;
  /** These two hold the control key: whoever knows them may use them. */
  readonly faultUrl: string;
  readonly journalUrl: string;
  /** Ends every connection, waits for the journal. */
  readonly close: () => Promise<void>;
}

const httpStart = /^(GET|PUT|DELETE|POST|HEAD) /;

/** Each connection goes to whom its first bytes are for. */
function createFaces(parts: Parts, sockets: Set<Socket>): Server {
  const control = createHttpServer((message, response) => {
    serveControl(message, response, parts).catch(() => response.destroy());
  });
  return createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      if (!httpStart.test(first.toString('latin1')))
        return void serveCommand(socket, parts).catch(() => socket.destroy());
      control.emit('connection', socket);
      // The server takes what comes from the system itself; what was read already only comes by resuming.
      process.nextTick(() => socket.resume());
    });
  });
}

const listen = (server: Server, { host, port }: Settings): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });

/**
 * Starts the test scanner in this process.
 * @param config as `Settings`; `controlKey` and `journalFile` are needed
 * @throws Error with every mistake of the configuration, or when the journal or the port cannot be opened
 */
export async function startScannerMock(config: unknown): Promise<ScannerMock> {
  const settings = parseSettings(config);
  const stopping = new AbortController();
  const journal = await openJournal(settings.journalFile);
  const sockets = new Set<Socket>();
  const parts: Parts = { settings, faults: createFaults(), journal, signal: stopping.signal };
  const server = createFaces(parts, sockets);
  const port = await listen(server, settings).catch(async (cause: unknown) => {
    await journal.close();
    throw cause;
  });
  const control = `http://${settings.host}:${port}/${settings.controlKey}`;
  return {
    port,
    url: `tcp://${settings.host}:${port}`,
    faultUrl: `${control}/fault`,
    journalUrl: `${control}/journal`,
    async close() {
      stopping.abort();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const socket of sockets) socket.destroy();
      await closed;
      await journal.close();
    },
  };
}
