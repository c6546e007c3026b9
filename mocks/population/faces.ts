// The mock's two faces on the loopback: plain HTTP, and TLS with a certificate made at start.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createSocketServer, type Server, type Socket } from 'node:net';
import { makeCertificate } from './certificate.ts';

/** A listening face. */
export interface Face {
  /** `http://host:port` or `https://host:port`. */
  readonly origin: string;
  readonly port: number;
  /** PEM; only on the TLS face. Nobody trusts it unless told to. */
  readonly certificate?: string;
  readonly close: () => Promise<void>;
}

// A TLS 1.2 record: alert, fatal, handshake_failure (RFC 5246 §7.2).
const handshakeFailure = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('population mock: no port');
  return address.port;
}

function toOrigin(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Opens the plain face. */
export async function openPlainFace(host: string, port: number, onRequest: RequestListener): Promise<Face> {
  const server = createServer(onRequest);
  const bound = await listen(server, host, port);
  return {
    origin: toOrigin('http', host, bound),
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Opens the TLS face.
 * @param isRefusing asked at each new connection; true = its handshake fails
 */
export async function openTlsFace(
  host: string,
  port: number,
  onRequest: RequestListener,
  isRefusing: () => boolean,
): Promise<Face> {
  const { certificate, privateKey } = makeCertificate(Date.now());
  const tls = createTlsServer({ cert: certificate, key: privateKey }, onRequest);
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    if (isRefusing()) socket.once('data', () => socket.end(handshakeFailure));
    else tls.emit('connection', socket);
  });
  tls.on('tlsClientError', (_error, socket) => socket.destroy());
  const bound = await listen(server, host, port);
  return {
    origin: toOrigin('https', host, bound),
    port: bound,
    certificate,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
