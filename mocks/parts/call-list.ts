// A source's own list of the calls that it was asked and what it answered, for whoever compares it with another's: digests
// and sizes, no content. Written beside the journal, exported by the day.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';

/** SHA-256 (hex) and size of bytes. */
interface Digest {
  readonly sha256: string;
  readonly bytes: number;
}

/** A call on the list. */
export interface ListedCall {
  /** When it came, ISO 8601 UTC. */
  readonly at: string;
  /** Method and path. */
  readonly call: string;
  /** Who called, where the protocol says so. */
  readonly caller?: string;
  /** The caller's own code for it, where the protocol has one. */
  readonly code?: string;
  readonly request: Digest;
  readonly status: number;
  /** Of the answer's bytes; absent when it broke off. */
  readonly answer?: Digest;
}

/** An open list. */
export interface CallList {
  /**
   * Lists what comes, and answers the list itself at `<controlPath>/calls` as NDJSON: of one
   * `day` (yyyy-MM-dd, Asia/Ho_Chi_Minh), of one `caller`.
   */
  readonly wrap: (listener: RequestListener) => RequestListener;
  readonly close: () => Promise<void>;
}

type Note = Pick<ListedCall, 'caller' | 'code'>;
const notes = new WeakMap<ServerResponse, Note>();

/** Says who called, under which code of its own. */
export const noteCall = (response: ServerResponse, note: Note): void => void notes.set(response, note);

const toDay = (at: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Ho_Chi_Minh' }).format(new Date(at));

/** Counts and hashes chunks as they pass. */
function createDigest() {
  const sum = createHash('sha256');
  let bytes = 0;
  return {
    add(chunk: unknown, encoding: unknown): void {
      if (!(chunk instanceof Uint8Array) && typeof chunk !== 'string') return;
      const name = typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8';
      const raw = typeof chunk === 'string' ? Buffer.from(chunk, name) : chunk;
      bytes += raw.length;
      sum.update(raw);
    },
    end: (): Digest => ({ sha256: sum.digest('hex'), bytes }),
  };
}

/** What the parser hands to the message passes here too, however it is read. */
function watchRequest(message: IncomingMessage): ReturnType<typeof createDigest> {
  const digest = createDigest();
  const push = message.push.bind(message);
  message.push = (chunk: unknown, encoding?: BufferEncoding) => {
    digest.add(chunk, encoding);
    return push(chunk, encoding);
  };
  return digest;
}

function watchAnswer(response: ServerResponse): ReturnType<typeof createDigest> {
  const digest = createDigest();
  for (const name of ['write', 'end'] as const) {
    const send = response[name];
    Reflect.set(response, name, (...words: unknown[]) => {
      digest.add(words[0], words[1]);
      return Reflect.apply(send, response, words);
    });
  }
  return digest;
}

async function answerList(file: string, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const query = new URL(message.url ?? '/', 'http://mock').searchParams;
  const [day, asked] = [query.get('day'), query.get('caller')];
  response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
  const lines = createInterface(createReadStream(file));
  for await (const line of lines) {
    const { at, caller }: ListedCall = JSON.parse(line);
    if ((day === null || toDay(at) === day) && (asked === null || caller === asked))
      response.write(`${line}\n`);
  }
  response.end();
}

/**
 * Opens the list.
 * @param journalFile beside which it lies
 * @param controlPath where the addresses for tests begin; what is asked there is not listed
 */
export function openCallList(journalFile: string, controlPath: string): CallList {
  const file = `${journalFile}.calls`;
  const out = createWriteStream(file, { flags: 'a', mode: 0o600 });
  return {
    wrap: (listener) => (message, response) => {
      const path = (message.url ?? '/').split('?')[0] ?? '/';
      if (path === `${controlPath}/calls`) {
        answerList(file, message, response).catch(() => response.destroy());
        return;
      }
      if (path.startsWith(`${controlPath}/`)) {
        listener(message, response);
        return;
      }
      const at = new Date().toISOString();
      const [asked, answered] = [watchRequest(message), watchAnswer(response)];
      response.once('close', () => {
        const line: ListedCall = {
          ...{ at, call: `${message.method} ${path}`, ...notes.get(response) },
          ...{ request: asked.end(), status: response.statusCode },
          ...(response.writableFinished && { answer: answered.end() }),
        };
        out.write(`${JSON.stringify(line)}\n`);
      });
      listener(message, response);
    },
    async close() {
      out.end();
      await finished(out);
    },
  };
}
