// One call of the tus protocol through the library: headers, order of checks and answers are the library's. Its refusals become
// problems of ours; nothing of HTTP's edge is known here.
import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { ReadableStream } from 'node:stream/web';
import { type Locker, Server } from '@tus/server';
import { Problem, type ProblemPlace } from '../../../problem.ts';
import type { ProblemCode } from '../../../problem-codes.ts';
import type { TusAnswer, TusCall } from './types.ts';
import type { UploadStore } from './upload-store.ts';

const version = '1.0.0';
/** How long a request may go on after one of the same client asked for its lock. */
const drainMs = 1_000;

const requestHeaders = [
  'tus-resumable',
  'upload-length',
  'upload-defer-length',
  'upload-concat',
  'upload-metadata',
  'upload-offset',
  'content-type',
];
const answerHeaders = [
  'tus-resumable',
  'upload-length',
  'upload-metadata',
  'upload-offset',
  'upload-expires',
  'location',
  'cache-control',
];

const codes: Readonly<Record<number, ProblemCode>> = {
  404: 'upload-unknown',
  409: 'upload-offset-conflict',
  410: 'upload-expired',
  413: 'upload-too-large',
};

/** Headers that the library's sentence names. */
function toPlaces(text: string): readonly ProblemPlace[] {
  const names = new Set(
    text.toLowerCase().match(/\b(upload-[a-z]+(-length)?|content-type|tus-resumable)\b/g),
  );
  return [...names].map((name) => ({
    where: `header ${name}`,
    vi: 'thiếu hoặc không đúng',
    en: 'missing or not right',
  }));
}

/** Answers of the library that refuse, by status; 403 and 501 are its words for headers that do not fit. */
function toRefusal(status: number, text: string): Problem {
  const headers = { 'tus-resumable': version };
  // The protocol wants 412 for any other version, the library says 400 for one that it does not know.
  if (/tus-resumable/i.test(text))
    return new Problem('upload-version-unsupported', { headers: { ...headers, 'tus-version': version } });
  if (/aborted/i.test(text)) return new Problem('upload-interrupted', { headers });
  const code = codes[status];
  if (code) return new Problem(code, { headers });
  return new Problem('upload-request-invalid', { headers, errors: toPlaces(text) });
}

/** Opens the content at the first demand: of a call that is refused it is left to the edge. */
async function* read({ open }: NonNullable<TusCall['content']>): AsyncGenerator<Uint8Array> {
  yield* open();
}

function toRequest({ method, path, headers, content }: TusCall): Request {
  const names = requestHeaders.flatMap((name): [string, string][] => {
    const value = headers[name];
    // Of a creation the content is not taken, so its type says nothing.
    return value === undefined || (method === 'POST' && name === 'content-type') ? [] : [[name, value]];
  });
  if (content?.bytes !== undefined) names.push(['content-length', String(content.bytes)]);
  return new Request(`http://hub.invalid${path}`, {
    method,
    headers: names,
    // Asks the source for a piece only when the one before it was taken.
    ...(method === 'PATCH' && content && { body: ReadableStream.from(read(content)), duplex: 'half' }),
  });
}

/**
 * @param store of this call's owner
 * @throws Problem; what else is thrown is a bug or a failing disk or database
 */
export async function serveTus(
  call: TusCall,
  {
    store,
    locker,
    maxBytes,
  }: { readonly store: UploadStore; readonly locker: Locker; readonly maxBytes: number },
): Promise<TusAnswer> {
  let failure: unknown;
  const server = new Server({
    // The library wants the collection's, and takes the id from the last segment behind it.
    path: call.method === 'POST' ? call.path : posix.dirname(call.path),
    datastore: store,
    locker,
    maxSize: maxBytes,
    relativeLocation: true,
    lockDrainTimeout: drainMs,
    namingFunction: () => randomUUID(),
    onResponseError: (_request, error) => {
      failure = error;
      return undefined;
    },
  });
  const answer = await server.handleWeb(toRequest(call));
  if (failure instanceof Problem)
    throw new Problem(failure.code, { ...failure.more, headers: { 'tus-resumable': version } });
  if (failure instanceof Error && !('status_code' in failure)) throw failure;
  if (answer.status >= 400) throw toRefusal(answer.status, await answer.text());
  const headers = answerHeaders.flatMap((name): [string, string][] => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return { status: answer.status, headers: Object.fromEntries(headers), body: undefined };
}
