// The HTTP side of a witness: one place, bounded bodies, time-outs. Source: C2SP tlog-witness.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { lockFolder } from '../database/folder-lock.ts';
import { addCheckpoint, type Witness } from './add-checkpoint.ts';
import type { Conflict } from './conflicts.ts';
import { openWitness, readWitnessConfig } from './witness-folder.ts';

/** A witness that listens. */
export interface RunningWitness {
  /** Where checkpoints are submitted: `<url>/add-checkpoint`. */
  readonly url: string;
  /** Finishes what is under way and lets go of the folder. */
  stop(): Promise<void>;
}

/** 63 hashes and a checkpoint of the longest kind are less. */
const bodyBytes = 65_536 + 4_096;
const limits = { requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 65_000 } as const;
const mostConnections = 256;
const drainMs = 5_000;

class TooLarge extends Error {}

/** @throws TooLarge | Error when the body does not come whole */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > bodyBytes) throw new TooLarge();
    chunks.push(chunk);
  }
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body);
}

async function answer(witness: Witness, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/conflicts' && request.method === 'GET')
    return send(
      response,
      200,
      `${JSON.stringify({ conflicts: witness.conflicts.all })}\n`,
      'application/json',
    );
  if (request.url !== '/add-checkpoint')
    return send(response, 404, 'only /add-checkpoint and /conflicts are here\n');
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    return send(response, 405, 'POST a checkpoint\n');
  }
  let body: string;
  try {
    body = await readBody(request);
  } catch (error) {
    response.setHeader('connection', 'close');
    if (error instanceof TooLarge) return send(response, 413, `at most ${bodyBytes} bytes\n`);
    return send(response, 400, 'the body is not whole or not UTF-8\n');
  }
  const given = addCheckpoint(witness, body);
  send(response, given.status, given.body, given.isSize ? 'text/x.tlog.size' : undefined);
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), drainMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/**
 * Starts the witness of a folder, as its `config.json` says.
 * @param onError told of what went wrong in a request; it was answered 500 and nothing was signed
 * @param onConflict told of each signed head that contradicts what it cosigned, once it is kept
 * @throws Error in one sentence; StartError when another process has the folder
 */
export async function startWitness(
  folder: string,
  onError: (error: unknown) => void,
  port = readWitnessConfig(folder).port,
  onConflict: (conflict: Conflict) => void = () => {},
): Promise<RunningWitness> {
  const { host } = readWitnessConfig(folder);
  const lock = await lockFolder(folder);
  try {
    const witness = openWitness(folder, () => new Date(), onConflict);
    const server = createServer(limits, (request, response) => {
      answer(witness, request, response).catch((error: unknown) => {
        onError(error);
        if (response.headersSent) response.destroy();
        else send(response, 500, 'the witness failed\n');
      });
    });
    server.maxConnections = mostConnections;
    const actual = await listen(server, host, port);
    return {
      url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
      async stop() {
        await close(server);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
