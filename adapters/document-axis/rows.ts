// The rows of a long list, one by one while the answer comes in: a directory of 111,000 units is never held as a text.
import { JSONParser } from '@streamparser/json';
import { isMembers, type Members } from '../members.ts';
import { readRefusal, toFailure } from './answer.ts';
import { toUnreadable } from './refusals.ts';
import type { WireReply } from './wire.ts';

/** Most bytes from one row to the next. */
const rowBytes = 1_048_576;

/** Members that tell the verdict, at the top or in `data`. */
const verdictNames = ['status', 'success', 'ErrorCode', 'errorCode', 'error_code'];

/** Parser of one answer: gives rows as they end and keeps only what tells the verdict. */
class RowReader {
  readonly verdict: Record<string, unknown> = {};
  readonly #parser: JSONParser;
  #rows: unknown[] = [];

  constructor() {
    const paths = [...verdictNames.map((name) => `$.${name}`), '$.data.*'];
    this.#parser = new JSONParser({ paths, keepStack: false, stringBufferSize: 65_536 });
    this.#parser.onValue = ({ value, key, parent }) => {
      if (Array.isArray(parent)) this.#rows.push(value);
      else if (typeof key === 'string' && verdictNames.includes(key)) this.verdict[key] = value;
    };
  }

  /** The rows that ended in this piece. @throws Error on what is no JSON */
  write(chunk: Buffer): readonly unknown[] {
    this.#rows = [];
    // It ends with the outermost value; what is white space after that it refuses to be given.
    if (!this.hasEnded || chunk.toString('latin1').trim() !== '') this.#parser.write(chunk);
    return this.#rows;
  }

  /** Whether the JSON text has come to its end. */
  get hasEnded(): boolean {
    return this.#parser.isEnded;
  }
}

function readPiece(reader: RowReader, chunk: Buffer, reply: WireReply): readonly Members[] {
  let rows: readonly unknown[];
  try {
    rows = reader.write(chunk);
  } catch {
    throw toUnreadable('not-json', reply.trace());
  }
  const read = rows.filter(isMembers);
  if (read.length !== rows.length) throw toUnreadable('row-without-members', reply.trace());
  return read;
}

/**
 * The rows under `data`. Whether all of them came is known at the end only: an iteration that throws has not shown the
 * whole list. No row at all is an error too, since a directory without an agency would close every unit. §9.18
 * @throws SourceError
 */
export async function* readRows(reply: WireReply): AsyncGenerator<Members> {
  if (reply.status < 200 || reply.status > 299) throw await readRefusal(reply);
  const reader = new RowReader();
  let count = 0;
  let bytesSinceRow = 0;
  for await (const chunk of reply.body) {
    const rows = readPiece(reader, chunk, reply);
    bytesSinceRow = rows.length > 0 ? 0 : bytesSinceRow + chunk.length;
    if (bytesSinceRow > rowBytes) throw toUnreadable('row-too-large', reply.trace());
    count += rows.length;
    yield* rows;
  }
  const trace = reply.trace();
  if (!reader.hasEnded) throw toUnreadable('not-json', trace);
  const failure = toFailure(reply.status, reader.verdict, trace);
  if (failure) throw failure;
  if (count === 0) throw toUnreadable('no-rows', trace);
}
