// Whether an answer says that the axis did what it was asked, and answers that are read whole. Two shapes occur:
// status/ErrorCode/ErrorDesc and success/message/data{errorCode, errorDesc}. Source: document-axis.md §3.2, §4.1
import type { SourceError, SourceTrace } from '../adapter.ts';
import { isMembers, type Members, member, text } from '../members.ts';
import { isKnownCode, toCodeError, toStatusError, toUnreadable } from './refusals.ts';
import type { WireReply } from './wire.ts';

/** What an envelope says. */
type Verdict = 'done' | 'shapeless' | { readonly code: string };

const codeNames = ['ErrorCode', 'error_code'] as const;

/** The error code, at the top or in `data`; `0` is none. */
function codeOf(envelope: Members): string | undefined {
  const inner = member(envelope, 'data');
  return text(envelope, ...codeNames) ?? (isMembers(inner) ? text(inner, ...codeNames) : undefined);
}

/** A FAIL without a code has the code `unknown`. */
export function toVerdict(envelope: Members): Verdict {
  const code = codeOf(envelope);
  const said = text(envelope, 'status', 'success')?.toLowerCase();
  if (code !== undefined && code !== '0') return { code };
  if (said === 'ok' || said === 'true') return 'done';
  if (said === 'fail' || said === 'false') return { code: 'unknown' };
  return said === undefined && code === '0' ? 'done' : 'shapeless';
}

/** Reads a body to its end. */
async function readAll(reply: WireReply, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of reply.body) {
    bytes += chunk.length;
    // Leaving the loop destroys the body.
    if (bytes > mostBytes) throw toUnreadable('answer-too-large', reply.trace());
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Why an envelope of this status does not say that it was done; undefined when it does. */
export function toFailure(status: number, envelope: unknown, trace: SourceTrace): SourceError | undefined {
  const verdict = isMembers(envelope) ? toVerdict(envelope) : 'shapeless';
  const isFine = status >= 200 && status < 300;
  if (typeof verdict === 'object' && (isFine || isKnownCode(verdict.code)))
    return toCodeError(verdict.code, trace);
  if (!isFine) return toStatusError(status, trace);
  if (envelope === undefined) return toUnreadable('not-json', trace);
  return verdict === 'done' ? undefined : toUnreadable('no-verdict', trace);
}

const refusalBytes = 65_536;

/** Takes what comes with a status other than 2xx. @returns the failure that it tells */
export async function readRefusal(reply: WireReply): Promise<SourceError> {
  // The status says enough where the body is too long or breaks off.
  const bytes = await readAll(reply, refusalBytes).catch(() => Buffer.alloc(0));
  const { status } = reply;
  return toFailure(status, parse(bytes), reply.trace()) ?? toStatusError(status, reply.trace());
}

/** An envelope that says "done". */
export interface Answer {
  readonly envelope: Members;
  readonly trace: SourceTrace;
}

/** @throws SourceError for everything but an envelope that says "done" */
export async function readAnswer(reply: WireReply, mostBytes: number): Promise<Answer> {
  if (reply.status < 200 || reply.status > 299) throw await readRefusal(reply);
  const envelope = parse(await readAll(reply, mostBytes));
  const trace = reply.trace();
  const failure = toFailure(reply.status, envelope, trace);
  if (failure) throw failure;
  if (!isMembers(envelope)) throw toUnreadable('no-verdict', trace);
  return { envelope, trace };
}
