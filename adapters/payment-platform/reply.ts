// The two forms in which the platform answers: its own members, or the provincial adapter's wrapping with a JSON text inside.
// Source: payment-platform.md §1.1
import type { SourceTrace } from '../adapter.ts';
import type { ClientAnswer } from './client.ts';
import { isMembers, type Members } from './members.ts';
import { toUnreadable } from './refusals.ts';

/** `plain`: MaLoi and the rest; `wrapped`: error_code and message, a JSON text. */
export type ReplyForm = 'plain' | 'wrapped';

/** An answer that states its code. */
export interface Reply {
  /** MaLoi; `00` is success. Of a wrapping that reports a failure without one, its error_code. */
  readonly code: string;
  readonly members: Members;
  readonly trace: SourceTrace;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON of some bytes; undefined where they are none. */
export function parseJson(bytes: Buffer | string): unknown {
  try {
    return JSON.parse(typeof bytes === 'string' ? bytes : utf8.decode(bytes));
  } catch {
    return undefined;
  }
}

const toText = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

/** The object within a wrapping. @throws SourceError where the two contradict each other */
function unwrap(wrapping: Members, trace: SourceTrace): Members {
  const code = toText(wrapping['error_code']);
  const { message } = wrapping;
  if (code === undefined) throw toUnreadable('no-error-code', trace);
  const inner = typeof message === 'string' ? parseJson(message) : undefined;
  if (code === '0') {
    if (!isMembers(inner)) throw toUnreadable('no-message', trace);
    return inner;
  }
  // Plain words are as good as none: they are not repeated.
  if (!isMembers(inner) || inner['MaLoi'] === undefined) return { MaLoi: code };
  if (inner['MaLoi'] === '00') throw toUnreadable('contradiction', trace);
  return inner;
}

/** @throws SourceError `unreadable` where there is no MaLoi, whatever else there is */
export function readReply({ bytes, trace }: ClientAnswer, form: ReplyForm): Reply {
  const json = parseJson(bytes);
  if (!isMembers(json)) throw toUnreadable(bytes.length === 0 ? 'empty' : 'not-json', trace);
  const members = form === 'wrapped' ? unwrap(json, trace) : json;
  const code = toText(members['MaLoi']);
  if (code === undefined || code === '') throw toUnreadable('no-code', trace);
  return { code, members, trace };
}

/** An address to open; undefined where the member is absent or empty. @throws SourceError where it is no web address */
export function urlOf(
  { members, trace }: Pick<Reply, 'members' | 'trace'>,
  name: string,
): string | undefined {
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string' || !/^https?:\/\/[\x21-\x7e]{1,1990}$/.test(value) || !URL.canParse(value))
    throw toUnreadable('no-address', trace);
  return value;
}
