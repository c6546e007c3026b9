// A small HTTP server over the uploads, as the request path hands calls to them. As a program: one more hub process, which
// prints its port. The caller's unit is the header X-Unit.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPool } from '../../src/database/pool.ts';
import { toProblem, toProblemReply } from '../../src/problem.ts';
import { createUploads, type UploadDependencies } from '../../src/services/documents/uploads/index.ts';
import type { TusCall, Uploads } from '../../src/services/documents/uploads/types.ts';

/** What a process needs to serve uploads, as JSON. */
export interface UploadServerSettings {
  readonly hubUrl: string;
  readonly blobFolder: string;
  /** 64 hex digits: blob key and field key. */
  readonly key: string;
  readonly limits?: UploadDependencies['limits'];
}

/** A server that listens. */
export interface UploadServer {
  readonly url: string;
  readonly uploads: Uploads;
  close(): Promise<void>;
}

const methods = ['POST', 'HEAD', 'PATCH', 'DELETE'] as const;

function toCall(request: IncomingMessage): TusCall {
  const method = methods.find((name) => name === request.method);
  if (!method) throw new Error('another method');
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]),
  );
  const length = headers['content-length'];
  return {
    method,
    path: request.url ?? '',
    headers,
    content: { bytes: length === undefined ? undefined : Number(length), open: () => request },
    owner: { unit: headers['x-unit'] ?? '', system: 'system-1' },
  };
}

function listen(uploads: Uploads): Promise<Server> {
  const server = createServer((request, response) => {
    Promise.resolve()
      .then(() => uploads.handleTus(toCall(request)))
      .then(
        ({ status, headers }) => response.writeHead(status, headers).end(),
        (error: unknown) => {
          const { status, headers, body } = toProblemReply(toProblem(error), { baseUrl: '' });
          const cause = status === 500 ? String(error) : undefined;
          response
            .writeHead(status, { ...headers, connection: 'close' })
            .end(JSON.stringify({ ...body, cause }));
        },
      );
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Serves uploads in this process. */
export async function startUploadServer(settings: UploadServerSettings): Promise<UploadServer> {
  const pool = createPool(settings.hubUrl, { max: 5, applicationName: 'lgsp-test-uploads' });
  const key = Buffer.from(settings.key, 'hex');
  const uploads = createUploads({
    ...{ pool, blobFolder: settings.blobFolder, key, earlierKeys: [], fieldKey: key },
    ...(settings.limits && { limits: settings.limits }),
  });
  const server = await listen(uploads);
  const { port } = server.address() as AddressInfo;
  return {
    uploads,
    url: `http://127.0.0.1:${port}/documents/v1/uploads`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pool.end();
    },
  };
}

const [, program, settings] = process.argv;
if (program === import.meta.filename && settings)
  console.log((await startUploadServer(JSON.parse(settings) as UploadServerSettings)).url);
