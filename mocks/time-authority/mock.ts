// The test time authority: RFC 3161 over HTTP (§3.4), with certificates of its own and a fault switch. Imports nothing of the
// hub.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createReader } from '../parts/reader.ts';
import { makeIdentities, toPem } from './certificates.ts';
import { answer, type FaultMode, faultModes } from './stamp.ts';

/** A running authority. */
export interface TimeAuthorityMock {
  /** Where questions go. */
  readonly url: string;
  /** Holds the control key: `PUT {"mode": …}`, `GET`. */
  readonly faultUrl: string;
  /** PEM of the root that issued its certificates, and of the one that stamps. */
  readonly rootCertificate: string;
  readonly stampingCertificate: string;
  /** Questions so far. */
  readonly asked: () => number;
  readonly close: () => Promise<void>;
}

const bodyLimitBytes = 16_384;

const isMode = (name: string): name is FaultMode => Object.hasOwn(faultModes, name);

function parseSettings(json: unknown) {
  const mistakes: string[] = [];
  const reader = createReader(json, 'time authority mock', mistakes);
  const settings = {
    host: reader.text('host', { otherwise: '127.0.0.1' }),
    port: reader.whole('port', { least: 0, most: 65_535, otherwise: 0 }),
    controlKey: reader.text('controlKey', { match: /^[\w-]{8,100}$/ }),
    keys: reader.choice('keys', ['ec', 'rsa'], 'ec'),
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  return settings;
}

function parseMode(json: unknown): FaultMode {
  const mistakes: string[] = [];
  const reader = createReader(json, 'fault', mistakes);
  const mode = reader.choice('mode', Object.keys(faultModes).filter(isMode), 'none');
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  return mode;
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    chunks.push(Buffer.from(chunk));
    bytes += chunks.at(-1)?.length ?? 0;
    if (bytes > bodyLimitBytes) throw new Error('the body is too large');
  }
  return Buffer.concat(chunks);
}

/**
 * Starts the authority in this process; its certificates are made at every start.
 * @param config host, port (0: a free one), controlKey (needed), keys: `ec` or `rsa`
 * @throws Error with every mistake of the configuration
 */
export async function startTimeAuthorityMock(config: unknown): Promise<TimeAuthorityMock> {
  const settings = parseSettings(config);
  const identities = makeIdentities(Date.now(), settings.keys);
  let mode: FaultMode = 'none';
  let asked = 0;
  const show = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(message);
    if (message.url === `/${settings.controlKey}/fault`) {
      if (message.method === 'PUT') mode = parseMode(JSON.parse(body.toString('utf8')));
      return show(response, 200, { mode, modes: faultModes });
    }
    const isQuestion = message.headers['content-type'] === 'application/timestamp-query';
    if (message.url !== '/tsa' || message.method !== 'POST' || !isQuestion)
      return show(response, 404, { error: 'not found' });
    asked += 1;
    if (mode === 'slow') return;
    response.writeHead(200, { 'content-type': 'application/timestamp-reply' });
    response.end(answer(body, mode, Date.now(), identities));
  }

  const server = createServer((message, response) => {
    serve(message, response).catch(() => show(response, 400, { error: 'not readable' }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(settings.port, settings.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  const base = `http://${settings.host}:${port}`;
  return {
    url: `${base}/tsa`,
    faultUrl: `${base}/${settings.controlKey}/fault`,
    rootCertificate: toPem(identities.root.certificate),
    stampingCertificate: toPem(identities.stamping.certificate),
    asked: () => asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
